import { judgeCells, TESTS_RATIO_IN_CELLS } from './cell-targets.ts';
import type { CpuCost } from './cpu-cost.ts';
import type { JudgingResults } from './judging/judging.ts';
import type { ColdLatency, WarmLatency } from './latency.ts';
import type { Results, RuntimeResults } from './results.ts';
import type { Throughput } from './throughput.ts';
import { atLeast, atMost, notOk, type Verdict } from './verdict.ts';

const OVERHEAD_P50_MS = 5;
const OVERHEAD_P99_MS = 15;
const COLD_RATIO = 1.15;
const THROUGHPUT_RATIO = 0.9;
/** With fair queueing, a response takes the number of clients divided by the throughput. */
const QUEUE_FACTOR = 2;
const SERVICE_CPU_MS = 2;
const TIMING_GAP_MS = 5;
const TEST_OVERHEAD_MS = 6;
const TESTS_RATIO = 1.5;
const CACHED_OVERHEAD_MS = 10;

export function judge(results: Results): Verdict[] {
  const verdicts = [
    ...Object.entries(results.runtimes).flatMap(([id, runtime]) => [
      ...(results.isolation === 'cells' ? judgeCells(id, runtime) : judgeContainers(id, runtime)),
      ...judgeRuntime(id, runtime),
    ]),
    ...(results.judging ? judgeJudging(results.judging, results.isolation) : []),
  ];
  const { timings } = results;
  if (timings.answers === 0) return verdicts;
  return [
    ...verdicts,
    atMost('responses with total_ms above the time that passed', 'all', [timings.impossible, 0]),
    atMost('outside clock minus total_ms, p50, ms', 'all', [timings.gapP50, TIMING_GAP_MS]),
  ];
}

function judgeContainers(id: string, { warm, throughput }: RuntimeResults): Verdict[] {
  return [...(warm ? judgeWarm(id, warm) : []), ...(throughput ? judgeThroughput(id, throughput) : [])];
}

function judgeRuntime(id: string, runtime: RuntimeResults): Verdict[] {
  return [
    ...(runtime.cold ? judgeCold(id, runtime.cold) : []),
    ...(runtime.warmCpu ? judgeCpu(`${id} warm`, runtime.warmCpu) : []),
    ...(runtime.coldCpu ? judgeCpu(`${id} cold`, runtime.coldCpu) : []),
  ];
}

/** A cached program is compared with a bare run. The target allows for copying the program into the sandbox. */
function judgeWarm(id: string, { bare, bareRun, answers }: WarmLatency): Verdict[] {
  const isCached = answers.cachedCompiles > answers.count / 2;
  const [baseline, limitP50] = isCached ? [bareRun, CACHED_OVERHEAD_MS] : [bare, OVERHEAD_P50_MS];
  const { warm = 0, cold = 0 } = answers.sandboxes;
  return [
    atMost('warm response minus bare program, p50, ms', id, [answers.p50 - baseline.p50, limitP50]),
    atMost('warm response minus bare program, p99, ms', id, [answers.p99 - baseline.p99, OVERHEAD_P99_MS]),
    atLeast('share of responses from a warm sandbox', id, [warm / (warm + cold), 1]),
    atMost('wrong responses', `${id} warm`, [notOk(answers, []), 0]),
  ];
}

function judgeCold(id: string, { cycle, answers }: ColdLatency): Verdict[] {
  return [
    atMost('cold response / raw engine cycle, p50', id, [answers.p50 / cycle.p50, COLD_RATIO]),
    atMost('wrong responses', `${id} cold`, [notOk(answers, []), 0]),
  ];
}

function judgeThroughput(id: string, { cycles, service }: Throughput): Verdict[] {
  const bestCycle = Math.max(...cycles.map(({ perSecond }) => perSecond));
  const best = Math.max(...service.map(({ perSecond }) => perSecond));
  const worstWait = service.map(({ atATime, perSecond, times }) => times.p99 / ((1000 * atATime) / perSecond));
  const errors = service.reduce((total, { times }) => total + notOk(times, ['over_capacity']), 0);
  return [
    atLeast('throughput / best raw engine throughput', id, [best / bestCycle, THROUGHPUT_RATIO]),
    atMost('p99 / (clients / throughput), worst', id, [Math.max(...worstWait), QUEUE_FACTOR]),
    atMost('errors other than over_capacity under load', id, [errors, 0]),
  ];
}

function judgeCpu(subject: string, { service }: CpuCost): Verdict[] {
  return [atMost("the service's CPU a run, ms", subject, [service, SERVICE_CPU_MS])];
}

function judgeJudging(
  { overheads, cachedCompiles, corpus, together }: JudgingResults,
  isolation: Results['isolation'],
): Verdict[] {
  const testsRatio = isolation === 'cells' ? TESTS_RATIO_IN_CELLS : TESTS_RATIO;
  return [
    ...overheads.map(({ runtime, tests, answerMs, compileMs, bareMs }) =>
      runtime === 'python'
        ? atMost(`${tests} tests / as many bare programs`, runtime, [answerMs / bareMs, testsRatio])
        : atMost('a test minus the bare program, compiled once, ms', runtime, [
            (answerMs - compileMs - bareMs) / tests,
            TEST_OVERHEAD_MS,
          ]),
    ),
    ...cachedCompiles.map(({ runtime, answerMs, bareRunMs }) =>
      atMost('response with a cached compile minus bare binary, p50, ms', runtime, [
        answerMs - bareRunMs,
        CACHED_OVERHEAD_MS,
      ]),
    ),
    atMost('solutions of the corpus with an unexpected verdict', 'all', [corpus.mismatches.length, 0]),
    atMost('verdicts that differ from those without load', '20 at once', [together.differences.length, 0]),
    atMost('programs at 80 % of their CPU limit that time out', '20 at once', [together.flipped, 0]),
  ];
}
