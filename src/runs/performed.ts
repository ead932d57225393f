import type { Compilation, Execution, Timings } from '../core/result.ts';
import type { Lease } from '../sandbox/pool.ts';
import { type CollectedResults, NO_RESULTS } from './collect-results.ts';

/** What identifies a run, and when it began. */
export interface Begun {
  readonly id: string;
  readonly runtime: string;
  readonly startedAt: number;
  readonly isJudged: boolean;
}

/** What has been done of a run, and when. */
export interface Performed {
  readonly queueMs: number;
  readonly lease: Lease;
  readonly beganAt: number;
  readonly compile: Compilation | null;
  /** When the program was ready to run; left out where it never was. */
  readonly preparedAt?: number;
  readonly endedAt?: number;
  readonly runs?: readonly Execution[];
}

/** What every result tells, however the run went. */
export function factsOf(run: Begun, performed: Performed, collectResults: CollectedResults = NO_RESULTS) {
  const timings = timingsOf(run, performed);
  return { runId: run.id, runtime: run.runtime, timings, sandbox: performed.lease.origin, ...collectResults };
}

function timingsOf({ startedAt, isJudged }: Begun, performed: Performed): Timings {
  const now = performance.now();
  const { queueMs, lease, beganAt, compile, preparedAt = now, endedAt = now, runs = [] } = performed;
  const compileMs = compile?.spentMs ?? 0;
  const runMs = runs.reduce((sum, { usage }) => sum + usage.wallMs, 0);
  // Beside the program's own time: of a plain run all of it is staging, of a judged one what comes behind is judging.
  const preparingMs = (isJudged ? preparedAt : endedAt - runMs) - beganAt - compileMs;
  return {
    queueMs,
    sandboxMs: lease.waitedMs,
    stageMs: Math.max(0, preparingMs),
    compileMs,
    runMs,
    judgeMs: isJudged ? Math.max(0, endedAt - preparedAt - runMs) : 0,
    collectMs: now - endedAt,
    totalMs: now - startedAt,
  };
}
