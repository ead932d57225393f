/** Server-sent events (`text/event-stream`, WHATWG HTML): each has a name, and JSON for its data. */

/** What a client that does not read may have waiting. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Proxies close connections on which nothing comes. */
const COMMENT_EVERY_MS = 15_000;

export interface EventSink {
  /** Drops the event where the client does not keep up; `last` is never dropped. */
  send(name: string, data: unknown, importance?: 'last'): void;
}

/** Answers with the events that `work` sends until it is done. Aborts `left` when nobody listens any more. */
export function eventStream(work: (sink: EventSink) => Promise<void>, left: AbortController): Response {
  let comments: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(stream) {
        const write = (text: string) => {
          if (!left.signal.aborted) stream.enqueue(Buffer.from(text));
        };
        const send: EventSink['send'] = (name, data, importance) => {
          const hasRoom = (stream.desiredSize ?? 0) > 0;
          if (hasRoom || importance === 'last') write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
        };
        comments = setInterval(() => write(':\n\n'), COMMENT_EVERY_MS);
        void work({ send }).finally(() => {
          clearInterval(comments);
          if (!left.signal.aborted) stream.close();
        });
      },
      cancel() {
        clearInterval(comments);
        left.abort();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }),
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}
