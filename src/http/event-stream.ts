import type { Context } from 'hono';
import type { EventFormat, ServerEvent } from './event-format.ts';
import { type BodyEnd, pacedBody } from './paced-body.ts';

/** Bytes that wait for a slow client before the next event is asked for. */
const MAX_WAITING_BYTES = 64 * 1024;
/** Pieces of this size are sent by themselves. */
const LONG_PIECE_BYTES = 32 * 1024;
/** Proxies close idle connections. */
const PING_EVERY_MS = 15_000;

/** What all streams have in common. */
export interface StreamSettings {
  /** A client that reads nothing for this long has left, in milliseconds (STREAM_STALL). */
  readonly stallMs: number;
  readonly observer: StreamObserver;
}

/** Called with the streams of each route, for the metrics. */
export interface StreamObserver {
  streamBegan(route: string): void;
  streamEnded(route: string, end: BodyEnd): void;
}

export interface EventStreamOptions {
  readonly route: string;
  readonly format: EventFormat;
  readonly settings: StreamSettings;
  /** Aborted when the client disconnects or stops reading. */
  readonly left: AbortController;
  /** Called once, when nothing of the stream is needed any more. */
  readonly onEnd?: () => void;
}

/** Responds with events at the client's pace; none is dropped. */
export function eventStream(
  c: Context,
  events: AsyncGenerator<ServerEvent, void>,
  options: EventStreamOptions,
): Response {
  const { route, format, settings, left } = options;
  settings.observer.streamBegan(route);
  const body = pacedBody(writtenEvents(events, format), {
    stallMs: settings.stallMs,
    maxWaitingBytes: MAX_WAITING_BYTES,
    onEnd: (end) => {
      if (end !== 'complete') left.abort();
      settings.observer.streamEnded(route, end);
      options.onEnd?.();
    },
  });
  // The second header tells nginx not to gather the events.
  const headers = { 'content-type': format.contentType, 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
  return c.newResponse(body, 200, headers);
}

/** Writes events, and pings while none comes. */
async function* writtenEvents(
  events: AsyncGenerator<ServerEvent, void>,
  format: EventFormat,
): AsyncGenerator<Buffer, void> {
  try {
    for (;;) {
      const next = events.next();
      while (!(await settlesWithin(next, PING_EVERY_MS))) yield format.ping;
      const { value: event, done } = await next;
      if (done) return;
      yield* joined(format.pieces(event));
    }
  } finally {
    await events.return();
  }
}

/** The same bytes in larger pieces: a short event is one piece, so that it is sent in one write. */
function* joined(pieces: Iterable<Buffer>): Generator<Buffer, void> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes < LONG_PIECE_BYTES) continue;
    yield Buffer.concat(parts, bytes);
    parts = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(parts, bytes);
}

/** Whether the promise settles within this time. */
function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), milliseconds);
    const settle = () => {
      clearTimeout(late);
      resolve(true);
    };
    promise.then(settle, settle);
  });
}
