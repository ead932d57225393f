import type { WarmLatency } from './latency.ts';
import type { RuntimeResults } from './results.ts';
import type { Throughput } from './throughput.ts';
import { atLeast, atMost, notOk, type Verdict } from './verdict.ts';

/** What a runtime must reach in cells, compared with the bare program in the same run. */
interface Goal {
  /** Responses a second over bare programs a second, at four clients and more. */
  readonly throughputRatio: number;
  /** The median response at the gentle rate: over the bare program, or that many milliseconds above it. */
  readonly latency: { readonly ratio: number } | { readonly aboveMs: number };
}

const INTERPRETED: Goal = { throughputRatio: 0.75, latency: { ratio: 0.7 } };
const COMPILED: Goal = { throughputRatio: 0.4, latency: { aboveMs: 6 } };
const GOALS: Readonly<Record<string, Goal>> = {
  bun: { ...INTERPRETED, latency: { ratio: 1.5 } },
  go: COMPILED,
  rust: COMPILED,
};

export const TESTS_RATIO_IN_CELLS = 1.1;
const TAIL_MS = 15;
const BACK_TO_BACK_RATIO = 2;
/** With fewer clients than this, a core is idle. */
const LOADED_CLIENTS = 4;

export function judgeCells(id: string, { warm, throughput }: RuntimeResults): Verdict[] {
  const goal = GOALS[id] ?? INTERPRETED;
  return [...(warm ? judgeLatency(id, warm, goal) : []), ...(throughput ? judgeThroughput(id, throughput, goal) : [])];
}

function judgeLatency(id: string, { bareRun, answers, backToBack }: WarmLatency, { latency }: Goal): Verdict[] {
  const overBare =
    'ratio' in latency
      ? atMost('warm response / bare program, p50', id, [answers.p50 / bareRun.p50, latency.ratio])
      : atMost('warm response minus bare program, p50, ms', id, [answers.p50 - bareRun.p50, latency.aboveMs]);
  return [
    overBare,
    atMost('warm response, p99 minus p50, ms', id, [answers.p99 - answers.p50, TAIL_MS]),
    atMost('back to back, p95 / p50 at the gentle rate', id, [backToBack.p95 / answers.p50, BACK_TO_BACK_RATIO]),
    atMost('wrong responses', `${id} warm`, [notOk(answers, []) + notOk(backToBack, []), 0]),
  ];
}

function judgeThroughput(id: string, { bare, service, crowd }: Throughput, goal: Goal): Verdict[] {
  const wrong = [...service, crowd].reduce((total, { times }) => total + notOk(times, ['over_capacity']), 0);
  return [
    ...service.flatMap(({ atATime, perSecond }) => {
      const base = bare.find((loop) => loop.atATime === atATime);
      if (atATime < LOADED_CLIENTS || base === undefined) return [];
      const ratio = perSecond / base.perSecond;
      return [atLeast(`throughput / bare programs, ${atATime} at a time`, id, [ratio, goal.throughputRatio])];
    }),
    atMost(`wrong or lost responses, also with ${crowd.atATime} clients`, id, [wrong, 0]),
  ];
}
