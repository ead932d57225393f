import { parseArgs } from 'node:util';
import { runtimeIds } from '../src/runtimes/registry.ts';
import { RUNTIME_DIR } from './subjects.ts';

export const PARTS = ['latency', 'burst', 'throughput', 'cpu', 'judge'] as const;
export type Part = (typeof PARTS)[number];

/** How much to measure. */
export interface Effort {
  /** Responses per runtime, warm and cold each, at the gentle rate. */
  readonly gentleRuns: number;
  /** Raw engine cycles and cold responses per runtime, at the gentle rate. */
  readonly coldRuns: number;
  /** Compared measurements alternate this many times, so that drift of the machine affects both equally. */
  readonly rounds: number;
  readonly gapMs: number;
  readonly burst: number;
  /** Each closed loop: time discarded at the start, and time counted after that. */
  readonly leadMs: number;
  readonly windowMs: number;
  readonly cpuRuns: number;
  /** How often a request with many tests, and as many bare programs, are timed. */
  readonly judgeRounds: number;
  /** Responses with a cached compile phase, at the gentle rate. */
  readonly cachedRuns: number;
  /** Tests of each submission that is judged at once. */
  readonly testsTogether: number;
  /** Judge every nth submission of the corpus. */
  readonly corpusStep: number;
}

export interface Options {
  readonly runtimes: readonly string[];
  readonly parts: readonly Part[];
  readonly effort: Effort;
  readonly isQuick: boolean;
  readonly isolation: 'cells' | 'containers';
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
/** Shows that everything works. Too short for reliable numbers. */
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

/** Parses the command line. Throws on unknown options. */
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
    isolation: process.env['ISOLATION'] === 'containers' ? 'containers' : 'cells',
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
