import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { RunAborted, RunnerError } from '../../core/errors.ts';
import type { RunContext } from '../../core/request.ts';
import { type RunObserver, RunRecorder } from '../../runs/recorder.ts';
import { toRunnerError } from '../errors.ts';
import { InvalidBody } from '../invalid-body.ts';
import type { Env } from '../request-context.ts';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const ANONYMOUS = 'anonymous';

/**
 * The run begins here, before its credentials are checked and its body is read: one that is refused on the way to the runner is
 * recorded like one that the runner has ended.
 */
export function recordRun(observer: RunObserver): MiddlewareHandler<Env> {
  return async (c, next) => {
    const recorder = new RunRecorder(runContext(c), observer);
    c.set('run', recorder);
    await next();
    if (c.error) recorder.failed(namedError(c.error));
  };
}

/** As the log may tell it. */
function namedError(error: Error): RunnerError | RunAborted {
  if (error instanceof RunAborted) return error;
  // Its own words hold names that the caller chose.
  if (error instanceof InvalidBody) return new RunnerError(error.code, 'The body does not have the right shape.');
  return toRunnerError(error);
}

/** The recorder of this run, which `recordRun` has made. */
export function recorderOf(c: Context<Env>): RunRecorder {
  const recorder = c.get('run');
  if (!recorder) throw new Error('a run that is not recorded');
  return recorder;
}

function runContext(c: Context<Env>): RunContext {
  const traceparent = c.req.header('traceparent');
  return {
    runId: randomUUID(),
    requestId: c.get('requestId'),
    traceparent: traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined,
    tenant: c.get('credentialId') ?? ANONYMOUS,
  };
}
