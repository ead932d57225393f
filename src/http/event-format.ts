import type { Context } from 'hono';
import { accepts } from 'hono/accepts';

/** An event of a stream. */
export interface ServerEvent {
  readonly name: string;
  /** Left out if the stream has no ids. */
  readonly id?: number;
  /** Its data: JSON in pieces. For NDJSON it must be an object with at least one field. */
  readonly json: Iterable<Buffer>;
}

/** How events are written. */
export interface EventFormat {
  readonly contentType: string;
  pieces(event: ServerEvent): Iterable<Buffer>;
  /** Sent when nothing else has been sent for a while. */
  readonly ping: Buffer;
}

/** Server-sent events (WHATWG HTML, "Server-sent events"). A ping is a comment. */
export const SSE: EventFormat = {
  contentType: 'text/event-stream',
  *pieces({ name, id, json }) {
    yield Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: `);
    yield* json;
    yield Buffer.from('\n\n');
  },
  ping: Buffer.from(': ping\n\n'),
};

/** A JSON object a line: the data of the event with its name. A ping is an event. */
export const NDJSON: EventFormat = {
  contentType: 'application/x-ndjson',
  *pieces({ name, json }) {
    let opening = `{"event":${JSON.stringify(name)},`;
    for (const piece of json) {
      // The first piece begins with the brace that `opening` has already.
      yield opening === '' ? piece : Buffer.concat([Buffer.from(opening), piece.subarray(1)]);
      opening = '';
    }
    yield Buffer.from('\n');
  },
  ping: Buffer.from('{"event":"ping"}\n'),
};

/** The format that the client prefers to a plain JSON response; `undefined`: none. */
export function preferredFormat(c: Context, formats: readonly EventFormat[]): EventFormat | undefined {
  const types = formats.map(({ contentType }) => contentType);
  const supports = ['application/json', ...types];
  const preferred = accepts(c, { header: 'Accept', supports, default: 'application/json' });
  return formats.find(({ contentType }) => contentType === preferred);
}

/** An event with short data. */
export function serverEvent(name: string, data: unknown, id?: number): ServerEvent {
  return { name, json: [Buffer.from(JSON.stringify(data))], ...(id === undefined ? {} : { id }) };
}
