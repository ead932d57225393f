import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { RunAborted, RunnerError } from '../../core/errors.ts';
import type { RunContext } from '../../core/request.ts';
import { type RunObserver, RunRecorder } from '../../runs/recorder.ts';
import { toRunnerError } from '../errors.ts';
import { InvalidBody } from '../invalid-body.ts';
import type { Env } from '../request-context.ts';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Starts the record of a run before its credentials are checked and its body is read, so that a run that is refused early is
 * recorded like any other.
 */
export function recordRun(observer: RunObserver): MiddlewareHandler<Env> {
  return async (c, next) => {
    const recorder = new RunRecorder(runContext(c), observer);
    c.set('run', recorder);
    await next();
    if (c.error) recorder.failed(namedError(c.error));
  };
}

/** The error in the form in which it may be logged. */
export function namedError(error: Error): RunnerError | RunAborted {
  if (error instanceof RunAborted) return error;
  // Its message contains names that the caller chose.
  if (error instanceof InvalidBody) return new RunnerError(error.code, 'The body does not have the right shape.');
  return toRunnerError(error);
}

/** The recorder that `recordRun` created for this request. */
export function recorderOf(c: Context<Env>): RunRecorder {
  const recorder = c.get('run');
  if (!recorder) throw new Error('this run has no recorder');
  return recorder;
}

function runContext(c: Context<Env>): RunContext {
  const traceparent = c.req.header('traceparent');
  return {
    runId: randomUUID(),
    requestId: c.get('requestId'),
    traceparent: traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined,
    tenant: c.get('tenant'),
  };
}
