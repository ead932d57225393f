/** Server-sent events (`text/event-stream`, WHATWG HTML). Each event has a name and JSON data. */

/** Maximum number of bytes that wait for a slow client. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** A comment is sent this often, because proxies close idle connections. */
const COMMENT_EVERY_MS = 15_000;

export interface EventSink {
  /** Drops the event if the client does not keep up. Never drops the last event. */
  send(name: string, data: unknown, importance?: 'last'): void;
}

/** Responds with the events that `work` sends until it is done. Aborts `left` when the client disconnects. */
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
