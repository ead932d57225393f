import type { Context } from 'hono';
import { onAbort } from '../../core/abort.ts';
import type { RunRequest } from '../../core/request.ts';
import type { RunResult } from '../../core/result.ts';
import { RunEventQueue } from '../../runs/run-event-queue.ts';
import { clientGone } from '../client-gone.ts';
import { isUnexpected, problemOf } from '../errors.ts';
import type { EventFormat, ServerEvent } from '../event-format.ts';
import { eventStream } from '../event-stream.ts';
import type { Encoding } from '../fields.ts';
import type { Env } from '../request-context.ts';
import { recorderOf } from './record-run.ts';
import { ResponseMemory } from './response-memory.ts';
import { RunEventWriter } from './run-event-wire.ts';
import type { RunRouteOptions } from './run-route-options.ts';

export interface StreamedRun {
  readonly request: RunRequest;
  readonly encoding: Encoding;
  readonly format: EventFormat;
}

/** Responds with the events of a run. Rejects if the run is refused before the first event, so that a refusal looks the same as without a stream. */
export async function streamRun(c: Context<Env>, options: RunRouteOptions, run: StreamedRun): Promise<Response> {
  const left = new AbortController();
  const signal = AbortSignal.any([clientGone(c.req.raw.signal), clientGone(left.signal)]);
  const memory = new ResponseMemory(options.responseBudget, signal);
  const queue = new RunEventQueue(options.policy.limits.timeoutMs.max);
  onAbort(signal, () => queue.discard());
  const recorder = recorderOf(c);
  const reserveMemory = (bytes: number) => memory.reserve(bytes);
  const running = options.runner.run(run.request, { recorder, signal, reserveMemory, events: queue });
  const ended = running.then(
    () => queue.end(),
    () => queue.end(),
  );
  c.set('bodyNeededUntil', ended);
  await Promise.race([queue.begun, running]);
  const writer = new RunEventWriter(recorder.context.runId, run.encoding);
  const events = runEvents({ queue, running, writer, signal, requestId: c.get('requestId'), onError: options.onError });
  return eventStream(c, events, {
    route: '/run',
    format: run.format,
    settings: options.streams,
    left,
    onEnd: () => memory.release(),
  });
}

interface RunUnderWay {
  readonly queue: RunEventQueue;
  readonly running: Promise<RunResult>;
  readonly writer: RunEventWriter;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly onError: (error: unknown, requestId: string) => void;
}

/** Every event of a run. The last one is `result` or `error`, unless the client has left. */
async function* runEvents(run: RunUnderWay): AsyncGenerator<ServerEvent, void> {
  const { queue, running, writer, signal, requestId, onError } = run;
  try {
    for await (const event of queue.read()) yield* writer.write(event);
    yield* writer.result(await running);
  } catch (error) {
    if (signal.aborted) return;
    if (isUnexpected(error)) onError(error, requestId);
    yield writer.error(problemOf(error, requestId));
  }
}
