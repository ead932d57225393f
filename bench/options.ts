import { parseArgs } from 'node:util';
import { runtimeIds } from '../src/runtimes/registry.ts';
import { RUNTIME_DIR } from './subjects.ts';

export const PARTS = ['latency', 'burst', 'throughput', 'cpu', 'judge'] as const;
export type Part = (typeof PARTS)[number];

/** How much is measured. */
export interface Effort {
  /** Answers a runtime and temperature, at the gentle rate. */
  readonly gentleRuns: number;
  /** Raw engine cycles and cold answers a runtime, at the gentle rate. */
  readonly coldRuns: number;
  /** Measurements that are compared take turns this many times, so that a machine that drifts spoils both alike. */
  readonly rounds: number;
  readonly gapMs: number;
  readonly burst: number;
  /** Of each closed loop: thrown away at its start, and counted after that. */
  readonly leadMs: number;
  readonly windowMs: number;
  readonly cpuRuns: number;
  /** How often many tests are timed in one request, and beside them as many bare programs. */
  readonly judgeRounds: number;
  /** Answers with a cached compile, at the gentle rate. */
  readonly cachedRuns: number;
  /** Of each of the submissions that are judged at once. */
  readonly testsTogether: number;
  /** Every how manieth submission of the corpus is judged. */
  readonly corpusStep: number;
}

export interface Options {
  readonly runtimes: readonly string[];
  readonly parts: readonly Part[];
  readonly effort: Effort;
  readonly isQuick: boolean;
  readonly jsonFile: string;
}

const FULL: Effort = {
  gentleRuns: 120,
  coldRuns: 30,
  rounds: 3,
  gapMs: 300,
  burst: 50,
  leadMs: 2000,
  windowMs: 8000,
  cpuRuns: 50,
  judgeRounds: 7,
  cachedRuns: 40,
  testsTogether: 20,
  corpusStep: 1,
};
/** Shows that everything works; too little to judge by. */
const QUICK: Effort = {
  gentleRuns: 12,
  coldRuns: 6,
  rounds: 2,
  gapMs: 500,
  burst: 50,
  leadMs: 500,
  windowMs: 2500,
  cpuRuns: 12,
  judgeRounds: 2,
  cachedRuns: 6,
  testsTogether: 3,
  corpusStep: 7,
};

/** Reads the command line. Throws on what it does not know. */
export function parseOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      parts: { type: 'string', default: PARTS.join() },
      json: { type: 'string', default: 'bench/results/latest.json' },
    },
  });
  const known = runtimeIds(RUNTIME_DIR);
  return {
    runtimes: values.only === '' ? known : chosen(values.only, known),
    parts: chosen(values.parts, PARTS),
    effort: values.quick ? QUICK : FULL,
    isQuick: values.quick,
    jsonFile: values.json,
  };
}

function chosen<T extends string>(list: string, known: readonly T[]): T[] {
  return list.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name);
    if (found === undefined) throw new Error(`${name}: not one of ${known.join(', ')}`);
    return found;
  });
}
