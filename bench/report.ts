import type { AnswerSummary } from './answers.ts';
import type { Burst } from './burst.ts';
import type { CpuCost } from './cpu-cost.ts';
import { renderJudging } from './judging/judging-report.ts';
import type { Results, RuntimeResults } from './results.ts';
import type { Summary } from './statistics.ts';
import { type Cell, renderTable } from './table.ts';
import type { Verdict } from './verdict.ts';

const TIMES = ['n', 'p50', 'p95', 'p99', 'max'];
const ANSWERS = ['sandboxes', 'outcomes'];

/** All results as text. */
export function renderReport(results: Results, verdicts: readonly Verdict[]): string {
  const rowsOf = (rows: (id: string, runtime: RuntimeResults) => Cell[][]) =>
    Object.entries(results.runtimes).flatMap(([id, runtime]) => rows(id, runtime));
  const { machine, timings } = results;
  return [
    `${machine.cores} cores ${machine.processor}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, engine ${machine.engine}, Node ${machine.node}\n`,
    `Before we began ${machine.busyCores} cores were busy. ${results.isQuick ? 'Quick run: too little to judge by.' : ''}\n\n`,
    renderTable(
      'Latency at the gentle rate, ms',
      ['runtime', 'what', ...TIMES, ...ANSWERS],
      [['', 'fork and exec of /bin/true', ...times(results.floor)], ...rowsOf(latencyRows)],
    ),
    renderTable('Burst, ms', ['runtime', 'service', ...TIMES, 'last answer', ...ANSWERS], rowsOf(burstRows)),
    renderTable('Closed loop', ['runtime', 'what', 'at a time', 'a second', ...TIMES, ...ANSWERS], rowsOf(loopRows)),
    renderTable(
      'CPU, ms a run',
      [
        'runtime',
        'service',
        'runs',
        'program',
        'service',
        'engine',
        'of it daemons',
        'client',
        'idle ms/s',
        'of it service',
      ],
      rowsOf(cpuRows),
    ),
    results.judging ? renderJudging(results.judging) : '',
    timings.answers === 0
      ? ''
      : `Clocks: over ${timings.answers} answers the outside clock says ${timings.gapP50} ms (p50), ${timings.gapP99} ms (p99) more than total_ms; ` +
        `${timings.impossible} impossible answers; the parts add up to total_ms within ${timings.worstRemainder} ms.\n\n`,
    renderTable(
      'Targets',
      ['', 'target', 'of', 'value', 'limit'],
      verdicts.map(({ isMet, target, subject, value, limit }) => [
        isMet ? 'met' : 'MISSED',
        target,
        subject,
        value,
        limit,
      ]),
    ),
  ].join('');
}

function latencyRows(id: string, { warm, cold }: RuntimeResults): Cell[][] {
  return [
    ...(warm ? [[id, 'bare program', ...times(warm.bare)]] : []),
    ...(warm && warm.bare.p50 !== warm.bareRun.p50
      ? [[id, 'bare program, running alone', ...times(warm.bareRun)]]
      : []),
    ...(warm ? [[id, 'POST /run, default', ...times(warm.answers), ...answers(warm.answers)]] : []),
    ...(warm ? [[id, 'back to back', ...times(warm.backToBack), ...answers(warm.backToBack)]] : []),
    ...(cold ? [[id, 'raw engine cycle', ...times(cold.cycle)]] : []),
    ...(cold ? [[id, 'POST /run, WARM_POOL=0', ...times(cold.answers), ...answers(cold.answers)]] : []),
  ];
}

function burstRows(id: string, { warmBurst, coldBurst }: RuntimeResults): Cell[][] {
  const row = (service: string, burst: Burst): Cell[] => [
    id,
    service,
    ...times(burst.answers),
    burst.lastAnswerMs,
    ...answers(burst.answers),
  ];
  return [...(warmBurst ? [row('default', warmBurst)] : []), ...(coldBurst ? [row('WARM_POOL=0', coldBurst)] : [])];
}

function loopRows(id: string, { throughput }: RuntimeResults): Cell[][] {
  if (!throughput) return [];
  return [
    ...throughput.cycles.map((loop) => [id, 'raw engine cycle', loop.atATime, loop.perSecond, ...times(loop.times)]),
    ...[...throughput.service, throughput.crowd].map((loop) => [
      id,
      'POST /run, default',
      loop.atATime,
      loop.perSecond,
      ...times(loop.times),
      ...answers(loop.times),
    ]),
    ...throughput.bare.map((loop) => [id, 'bare program, running alone', loop.atATime, loop.perSecond]),
  ];
}

function cpuRows(id: string, { warmCpu, coldCpu }: RuntimeResults): Cell[][] {
  const row = (service: string, cost: CpuCost): Cell[] => [
    id,
    service,
    cost.runs,
    cost.program,
    cost.service,
    cost.engine,
    cost.daemons,
    cost.client,
    cost.idleMachinePerSecond,
    cost.idleServicePerSecond,
  ];
  return [...(warmCpu ? [row('default', warmCpu)] : []), ...(coldCpu ? [row('WARM_POOL=0', coldCpu)] : [])];
}

function times({ count, p50, p95, p99, max }: Summary): Cell[] {
  return [count, p50, p95, p99, max];
}

function answers({ sandboxes, outcomes }: AnswerSummary): Cell[] {
  return [sandboxes, outcomes].map((counts) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
  );
}
