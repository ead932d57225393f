import type { Reported } from './reporter.ts';
import type { ProcessEnd } from './run-file.ts';

/** The names of node:test's totals. */
export const TOTALS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;
export type Totals = Readonly<Record<(typeof TOTALS)[number], number>>;

export interface Failure {
  readonly name: string;
  readonly detail: string;
}

/** The result of a test file. */
export interface FileResult {
  readonly path: string;
  readonly totals: Totals;
  readonly failures: readonly Failure[];
  /** Its output, which is shown if it failed. */
  readonly output: string;
  readonly durationMs: number;
}

export interface FileEnd extends ProcessEnd {
  readonly reported: readonly Reported[];
  readonly durationMs: number;
}

/** The result of a file. A file also fails if it ends abnormally without a reported failure, or if it has no tests. */
export function toFileResult(path: string, { reported, ...end }: FileEnd): FileResult {
  const totals = totalsOf(reported);
  const failures = reported.flatMap((event): Failure[] =>
    event.kind === 'ended' && event.failure !== undefined ? [{ name: event.name, detail: event.failure }] : [],
  );
  const { output, durationMs } = end;
  const unreported = failures.length === 0 || end.isTimeout ? fileFailure(totals, reported, end) : undefined;
  if (unreported === undefined) {
    // node:test does not count a hook that fails outside of all tests.
    const fail = Math.max(totals.fail, failures.length - totals.cancelled);
    return { path, totals: { ...totals, fail }, failures, output, durationMs };
  }
  return {
    path,
    totals: { ...totals, tests: totals.tests + 1, fail: totals.fail + 1 },
    failures: [...failures, { name: '(the file)', detail: unreported }],
    output,
    durationMs,
  };
}

/** If no totals were reported because the process was killed, counts the tests that ended. */
function totalsOf(reported: readonly Reported[]): Totals {
  const reportedTotals = new Map(
    reported.flatMap((event) => (event.kind === 'total' ? [[event.name, event.count]] : [])),
  );
  const ended = reported.filter((event) => event.kind === 'ended');
  const failed = ended.filter(({ failure }) => failure !== undefined).length;
  if (!reportedTotals.has('tests')) {
    reportedTotals
      .set('tests', ended.length)
      .set('fail', failed)
      .set('pass', ended.length - failed);
  }
  const count = (name: string) => reportedTotals.get(name) ?? 0;
  return {
    tests: count('tests'),
    suites: count('suites'),
    pass: count('pass'),
    fail: count('fail'),
    cancelled: count('cancelled'),
    skipped: count('skipped'),
    todo: count('todo'),
  };
}

function fileFailure(totals: Totals, reported: readonly Reported[], end: ProcessEnd): string | undefined {
  if (end.isTimeout) {
    const last = reported.findLast((event) => event.kind === 'began');
    return `timed out; the last test to start was "${last?.name ?? 'none'}"`;
  }
  if (end.exitCode !== 0) return `exited with ${end.exitCode ?? 'a signal'} without reporting a failed test`;
  return totals.tests === 0 ? 'has no tests' : undefined;
}

/** The sums over all files. */
export function sumTotals(results: readonly FileResult[]): Totals {
  const sum = (name: keyof Totals) => results.reduce((total, { totals }) => total + totals[name], 0);
  return {
    tests: sum('tests'),
    suites: sum('suites'),
    pass: sum('pass'),
    fail: sum('fail'),
    cancelled: sum('cancelled'),
    skipped: sum('skipped'),
    todo: sum('todo'),
  };
}
