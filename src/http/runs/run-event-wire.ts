import type { OutputStream } from '../../core/command.ts';
import { type Compilation, exitCodeOf, type RunResult } from '../../core/result.ts';
import type { OutputPiece, Place, RunEvent } from '../../core/run-events.ts';
import { type ServerEvent, serverEvent } from '../event-format.ts';
import type { Encoding } from '../fields.ts';
import { LongResponse } from '../json/long-response.ts';
import { round, signalName, toUsage } from './execution-wire.ts';
import { toTestResult } from './judging-wire.ts';
import type { ExitedEvent, OutputEvent, QueuedEvent, StartedEvent, TruncatedEvent } from './run-event-schema.ts';
import { toRunResponse } from './run-wire.ts';
import { StreamText } from './stream-text.ts';

/** Data of an event without its name. */
type Data<E> = Omit<E, 'event'>;

interface OpenStream {
  readonly place: Place;
  readonly text: StreamText;
  atMs: number;
}

/** Writes the events of one run, numbered from 1. */
export class RunEventWriter {
  readonly #runId: string;
  readonly #encoding: Encoding;
  readonly #open = new Map<OutputStream, OpenStream>();
  #lastId = 0;

  constructor(runId: string, encoding: Encoding) {
    this.#runId = runId;
    this.#encoding = encoding;
  }

  *write(event: RunEvent): Generator<ServerEvent, void> {
    switch (event.kind) {
      case 'queued':
        yield this.#event('queued', { run_id: this.#runId, position: event.position } satisfies Data<QueuedEvent>);
        return;
      case 'started':
        this.#open.clear();
        yield this.#event('started', {
          run_id: this.#runId,
          ...toPlace(event),
          sandbox: event.sandbox,
        } satisfies Data<StartedEvent>);
        return;
      case 'output':
        yield* this.#output(event);
        return;
      case 'truncated':
        this.#open.get(event.stream)?.text.cut();
        yield this.#event('truncated', { ...toPlace(event), stream: event.stream } satisfies Data<TruncatedEvent>);
        return;
      case 'compiled':
        yield* this.#endStreams();
        yield this.#event('exited', toExited(event.compilation));
        return;
      case 'test':
        yield* this.#endStreams();
        yield this.#long('test', (long) => toTestResult(event.result, { encoding: this.#encoding, long }));
        return;
    }
  }

  /** The last event of a run that has a result. Its data is the response body of a run that is not streamed. */
  *result(result: RunResult): Generator<ServerEvent, void> {
    yield* this.#endStreams();
    yield this.#long('result', (long) => toRunResponse(result, { encoding: this.#encoding, long }));
  }

  /** The last event of a run that has none. */
  error(problem: object): ServerEvent {
    return this.#event('error', problem);
  }

  *#output({ stream, bytes, atMs, ...place }: OutputPiece): Generator<ServerEvent, void> {
    const open = this.#open.get(stream) ?? { place, text: new StreamText(this.#encoding), atMs };
    this.#open.set(stream, open);
    open.atMs = atMs;
    yield* this.#text(stream, open, open.text.next(bytes));
  }

  *#endStreams(): Generator<ServerEvent, void> {
    for (const [stream, open] of this.#open) yield* this.#text(stream, open, open.text.end());
    this.#open.clear();
  }

  *#text(stream: OutputStream, { place, atMs }: OpenStream, text: string): Generator<ServerEvent, void> {
    if (text === '') return;
    const content = this.#encoding === 'base64' ? { base64: text } : { text };
    yield this.#event(stream, { ...toPlace(place), ...content, at_ms: round(atMs) } satisfies Data<OutputEvent>);
  }

  #event(name: string, data: object): ServerEvent {
    this.#lastId += 1;
    return serverEvent(name, data, this.#lastId);
  }

  /** An event whose long texts are written piece by piece. */
  #long(name: string, body: (long: LongResponse) => object): ServerEvent {
    const long = new LongResponse();
    this.#lastId += 1;
    return { name, id: this.#lastId, json: long.pieces(body(long)) };
  }
}

function toPlace({ phase, test }: Place) {
  return test === undefined ? { phase } : { phase, test };
}

function toExited(compilation: Compilation): Data<ExitedEvent> {
  return {
    phase: 'compile',
    status: compilation.fate.status,
    exit_code: exitCodeOf(compilation.fate),
    signal: signalName(compilation),
    usage: toUsage(compilation.usage),
    cached: compilation.cached,
  };
}
