import type { Reported } from './reporter.ts';
import type { ProcessEnd } from './run-file.ts';

/** The names that node:test gives its closing lines. */
export const TOTALS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;
export type Totals = Readonly<Record<(typeof TOTALS)[number], number>>;

export interface Failure {
  readonly name: string;
  readonly detail: string;
}

/** What became of a test file. */
export interface FileResult {
  readonly path: string;
  readonly totals: Totals;
  readonly failures: readonly Failure[];
  /** What it printed, to be shown when it failed. */
  readonly output: string;
  readonly durationMs: number;
}

export interface FileEnd extends ProcessEnd {
  readonly reported: readonly Reported[];
  readonly durationMs: number;
}

/** The result of a file. One that reports no failure and yet did not end well, or that holds no test, has failed too. */
export function toFileResult(path: string, { reported, ...end }: FileEnd): FileResult {
  const totals = totalsOf(reported);
  const failures = reported.flatMap((event): Failure[] =>
    event.kind === 'ended' && event.failure !== undefined ? [{ name: event.name, detail: event.failure }] : [],
  );
  const { output, durationMs } = end;
  const unreported = failures.length === 0 || end.isTimeout ? whatWentWrong(totals, reported, end) : undefined;
  if (unreported === undefined) {
    // A hook that fails outside of every test is a failure that node:test does not count.
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

/** Where no totals were reported (the process was killed), the tests that ended count. */
function totalsOf(reported: readonly Reported[]): Totals {
  const told = new Map(reported.flatMap((event) => (event.kind === 'total' ? [[event.name, event.count]] : [])));
  const ended = reported.filter((event) => event.kind === 'ended');
  const failed = ended.filter(({ failure }) => failure !== undefined).length;
  if (!told.has('tests')) {
    told
      .set('tests', ended.length)
      .set('fail', failed)
      .set('pass', ended.length - failed);
  }
  const count = (name: string) => told.get(name) ?? 0;
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

function whatWentWrong(totals: Totals, reported: readonly Reported[], end: ProcessEnd): string | undefined {
  if (end.isTimeout) {
    const last = reported.findLast((event) => event.kind === 'began');
    return `did not end in time; the last test to begin was "${last?.name ?? 'none'}"`;
  }
  if (end.exitCode !== 0) return `ended with ${end.exitCode ?? 'a signal'} without saying which test failed`;
  return totals.tests === 0 ? 'has no test' : undefined;
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
