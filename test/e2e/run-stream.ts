import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { runEventSchema } from '../../src/http/runs/run-event-schema.ts';
import type { RunBody, Service } from './service.ts';

/** An event of a streamed run, with the time of its arrival in milliseconds since 1970. */
export interface Received {
  readonly event: string;
  readonly id: number | undefined;
  readonly data: Record<string, unknown>;
  readonly atMs: number;
}

type Parsed = Omit<Received, 'atMs'>;

interface Format {
  readonly separator: string;
  parse(text: string): Parsed;
}

const FORMATS = {
  'text/event-stream': {
    separator: '\n\n',
    parse(text) {
      const [, id, event = '', data = ''] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/s.exec(text) ?? [];
      return { event, id: Number(id), data: JSON.parse(data) };
    },
  },
  'application/x-ndjson': {
    separator: '\n',
    parse(text) {
      const { event, ...data } = JSON.parse(text);
      return { event, id: undefined, data };
    },
  },
} as const satisfies Record<string, Format>;

const CHANGES = ['readable', 'end', 'close'] as const;
const TERMINAL: readonly string[] = ['result', 'error'];
/** Nothing here takes longer, so that a stream that hangs fails its test. */
const DEADLINE_MS = 20_000;

/** A streamed run as its client sees it. It reads only when it is asked for events, so it can be as slow as it likes. */
export class RunStream {
  readonly received: Received[] = [];
  readonly #response: IncomingMessage;
  readonly #format: Format;
  /** What has arrived of the next event. */
  readonly #begun: string[] = [];

  private constructor(response: IncomingMessage, format: Format) {
    this.#response = response.setEncoding('utf8');
    this.#format = format;
  }

  /** Resolves when the response has begun. */
  static async open(
    service: Service,
    body: RunBody,
    accept: keyof typeof FORMATS = 'text/event-stream',
  ): Promise<RunStream> {
    const headers = { 'content-type': 'application/json', accept };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const sent = request(`${service.url}/run`, { method: 'POST', headers, signal });
    sent.end(JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', () => undefined);
    response.on('error', () => undefined);
    assert.deepEqual([response.statusCode, response.headers['content-type']], [200, accept]);
    return new RunStream(response, FORMATS[accept]);
  }

  /** Streams a whole run. */
  static async run(service: Service, body: RunBody, accept?: keyof typeof FORMATS): Promise<RunStream> {
    const stream = await RunStream.open(service, body, accept);
    await stream.end();
    return stream;
  }

  get names(): string[] {
    return this.received.map(({ event }) => event);
  }

  get last(): Received {
    return this.received.at(-1) ?? assert.fail('no event');
  }

  /** The texts of one output stream. */
  texts(stream: string): string[] {
    return this.received.filter(({ event }) => event === stream).map(({ data }) => String(data['text']));
  }

  /** Reads until an event has this name, and returns it. Fails if the stream ends before. */
  async until(name: string): Promise<Received> {
    for (let seen = 0; ; ) {
      for (; seen < this.received.length; seen += 1) {
        const event = this.received[seen];
        if (event?.event === name) return event;
      }
      assert.ok(await this.#readMore(), `no ${name} among ${this.names.join()}`);
    }
  }

  /** Reads to the end. Checks that the last event, and only that, is a result or an error, and that every event matches its schema. */
  async end(): Promise<Received> {
    while (await this.#readMore());
    assert.equal(this.#begun.join(''), '', 'the stream ends after an event');
    const ends = this.names.filter((name) => TERMINAL.includes(name));
    assert.deepEqual(ends, [this.last.event], this.names.join());
    for (const { event, data } of this.received) {
      assert.deepEqual(runEventSchema.parse({ event, ...data }), { event, ...data });
    }
    return this.last;
  }

  leave(): void {
    this.#response.destroy();
  }

  /** Takes what has arrived, or waits for more. Returns `false` at the end. */
  async #readMore(): Promise<boolean> {
    const response = this.#response;
    const text = response.read() as string | null;
    if (text !== null) {
      this.#take(text);
      return true;
    }
    if (response.readableEnded || response.destroyed) return false;
    await this.#change();
    return true;
  }

  /** Resolves when there is something to read, or nothing more will come. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        for (const name of CHANGES) this.#response.off(name, settle);
        resolve();
      };
      for (const name of CHANGES) this.#response.on(name, settle);
    });
  }

  #take(text: string): void {
    const atMs = performance.timeOrigin + performance.now();
    const last = this.#begun.at(-1)?.slice(-1) ?? '';
    this.#begun.push(text);
    // A large event comes in many pieces.
    if (!(last + text).includes(this.#format.separator)) return;
    const parts = this.#begun.splice(0).join('').split(this.#format.separator);
    this.#begun.push(parts.pop() ?? '');
    this.received.push(...parts.map((part) => ({ ...this.#format.parse(part), atMs })));
  }
}
