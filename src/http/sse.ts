/** Server-sent events (`text/event-stream`, WHATWG HTML). Each event has a name and JSON data. */

/** Maximum number of bytes that wait for a slow client before the next event is asked for. */
const MAX_WAITING_BYTES = 64 * 1024;
/** A comment is sent this often, because proxies close idle connections. */
const COMMENT_EVERY_MS = 15_000;
/** A client that reads nothing for this long is disconnected. */
const STALLED_MS = 30_000;

export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Responds with events at the client's pace; none is dropped. Aborts `left` when the client disconnects or stops reading. */
export function eventStream(events: AsyncGenerator<ServerEvent, void>, left: AbortController): Response {
  const body = new ReadableStream<Uint8Array>(
    new PacedEvents(events, left),
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }),
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}

/** Asks for the next event only when the client keeps up. */
class PacedEvents {
  readonly #events: AsyncGenerator<ServerEvent, void>;
  readonly #left: AbortController;
  #comments: NodeJS.Timeout | undefined;
  #stalled: NodeJS.Timeout | undefined;

  constructor(events: AsyncGenerator<ServerEvent, void>, left: AbortController) {
    this.#events = events;
    this.#left = left;
  }

  start(stream: ReadableStreamDefaultController<Uint8Array>): void {
    this.#comments = setInterval(() => {
      if ((stream.desiredSize ?? 0) > 0) stream.enqueue(Buffer.from(':\n\n'));
    }, COMMENT_EVERY_MS);
  }

  async pull(stream: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    clearTimeout(this.#stalled);
    try {
      this.#handOn(stream, await this.#events.next());
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  /** Called when the client disconnects. */
  cancel(): void {
    this.#end();
    this.#left.abort();
    // If the generator is waiting for its next event, the abort ends that wait too.
    void this.#events.return();
  }

  #handOn(
    stream: ReadableStreamDefaultController<Uint8Array>,
    { value: event, done }: IteratorResult<ServerEvent, void>,
  ): void {
    if (this.#left.signal.aborted) return;
    if (done) {
      this.#end();
      stream.close();
      return;
    }
    this.#stalled = setTimeout(() => {
      this.cancel();
      stream.error(new Error('the client does not read its events'));
    }, STALLED_MS);
    stream.enqueue(Buffer.from(`event: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`));
  }

  #end(): void {
    clearInterval(this.#comments);
    clearTimeout(this.#stalled);
  }
}
