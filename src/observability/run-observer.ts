import type { Logger } from 'pino';
import { executionsOf } from '../core/judgement.ts';
import type { Execution, Judgement, RunResult, Timings } from '../core/result.ts';
import type { RunObserver, RunOutcome } from '../runs/recorder.ts';
import { failureFields, isOurFault } from './failure.ts';
import type { Metrics } from './metrics.ts';
import { round } from './round.ts';

/** Writes runs to the log and the metrics. Each run is one log line: how it ended and what it cost, never its code, input or output. */
export function createRunObserver(logger: Logger, metrics: Metrics): RunObserver {
  return {
    runEnded(outcome) {
      metrics.runEnded(outcome);
      const { result, error } = outcome;
      if (result) logger.info({ ...identity(outcome), ...cost(result) }, 'run');
      else
        logger[isOurFault(error) ? 'error' : 'info']({ ...identity(outcome), ...failureFields(error) }, 'run failed');
    },
  };
}

function identity({ runtime, context, totalMs, notes }: RunOutcome) {
  return {
    run_id: context.runId,
    request_id: context.requestId,
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    tenant: context.tenant,
    ...(runtime === undefined ? {} : { runtime }),
    total_ms: round(totalMs),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function cost(result: RunResult) {
  const last = result.run ?? result.compile;
  const { fate, stdout, stderr } = last;
  return {
    status: result.status,
    ...(fate.status === 'completed' ? { exit_code: fate.exitCode } : {}),
    ...(fate.status === 'signaled' ? { signal: fate.signal } : {}),
    sandbox: result.sandbox,
    isolation: result.isolation,
    queue_ms: round(result.timings.queueMs),
    sandbox_ms: round(result.timings.sandboxMs),
    compile_ms: round(result.timings.compileMs),
    ...(result.compile ? { compile_cached: result.compile.cached } : {}),
    run_ms: round(result.timings.runMs),
    ...(result.run?.startedAhead ? { started_ahead: true } : {}),
    ...(result.judgement ? judgementFacts(result.judgement, result.timings) : {}),
    ...usageOf(result.judgement && result.run ? executionsOf(result.judgement) : [last]),
    stdout_bytes: stdout.bytes.length,
    stderr_bytes: stderr.bytes.length,
  };
}

function judgementFacts({ verdict, tests }: Judgement, { judgeMs }: Timings) {
  return { verdict, tests: tests.length, judge_ms: round(judgeMs) };
}

/** The CPU time of all executions together, and the largest known peak of memory. */
function usageOf(executions: readonly Execution[]) {
  const peaks = executions.flatMap(({ usage }) => usage.memoryPeakBytes ?? []);
  return {
    cpu_ms: round(executions.reduce((sum, { usage }) => sum + (usage.cpuMs ?? 0), 0)),
    ...(peaks.length > 0 ? { memory_peak_bytes: peaks.reduce((most, bytes) => Math.max(most, bytes)) } : {}),
  };
}
