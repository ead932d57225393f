import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Engine } from '../src/engines/docker/api/engine.ts';
import { BareProgram } from './bare-program.ts';
import type { BenchContext, Trial } from './bench-context.ts';
import { measureBurst } from './burst.ts';
import type { Reply } from './client.ts';
import { measureCpuCost } from './cpu-cost.ts';
import { EngineCycle } from './engine-cycle.ts';
import { EngineHttp } from './engine-http.ts';
import { measureJudging } from './judging/judging.ts';
import { measureCold, measureWarm } from './latency.ts';
import { describeMachine } from './machine.ts';
import { type Options, type Part, parseOptions } from './options.ts';
import { logProgress } from './progress.ts';
import { renderReport } from './report.ts';
import type { Results, RuntimeResults } from './results.ts';
import { BenchService, buildService, stopOnSignals } from './service.ts';
import { sum, summarize } from './statistics.ts';
import { loadSubject } from './subjects.ts';
import { judge } from './targets.ts';
import { measureThroughput } from './throughput.ts';
import { checkTimings } from './timing-check.ts';

const DOCKER_SOCKET = process.env['DOCKER_SOCKET'] ?? '/var/run/docker.sock';
const FLOOR_RUNS = 50;

/** A part of the benchmark, on the warm or the cold service. */
type Step = (trial: Trial) => Promise<Partial<RuntimeResults>>;
type Steps = Partial<Record<Part, Step>>;

async function bench(options: Options): Promise<Results> {
  buildService();
  const http = new EngineHttp(DOCKER_SOCKET);
  const engine = new Engine(DOCKER_SOCKET);
  await using bare = new BareProgram(engine);
  await using cycle = new EngineCycle(engine, http);
  const context: BenchContext = { effort: options.effort, bare, cycle };
  const machine = await describeMachine(http);
  const runtimes = Object.fromEntries(options.runtimes.map((id): [string, RuntimeResults] => [id, {}]));
  const replies: Reply[] = [];
  const keep = (some: Reply[]) => void replies.push(...some);
  const floor = await bare.measureFloor(loadSubject('python'), { count: FLOOR_RUNS, gapMs: 20 });

  await onService(
    'WARM_POOL=0',
    { context, options, runtimes },
    {
      latency: async (trial) => ({ cold: await measureCold(trial, keep) }),
      burst: async (trial) => ({ coldBurst: await measureBurst(trial) }),
      cpu: async (trial) => ({ coldCpu: await measureCpuCost(trial) }),
    },
  );
  await onService(
    '',
    { context, options, runtimes },
    {
      latency: async (trial) => ({ warm: await measureWarm(trial, keep) }),
      burst: async (trial) => ({ warmBurst: await measureBurst(trial) }),
      throughput: async (trial) => ({ throughput: await measureThroughput(trial) }),
      cpu: async (trial) => ({ warmCpu: await measureCpuCost(trial) }),
    },
  );
  const judging = options.parts.includes('judge') ? await measureJudging(options, bare) : undefined;
  http.close();
  return {
    takenAt: new Date().toISOString(),
    isQuick: options.isQuick,
    isolation: options.isolation,
    machine,
    floor: summarize(floor.map(sum)),
    runtimes,
    ...(judging ? { judging } : {}),
    timings: checkTimings(replies),
  };
}

interface Plan {
  readonly context: BenchContext;
  readonly options: Options;
  readonly runtimes: Readonly<Record<string, RuntimeResults>>;
}

/** Runs the selected parts for every runtime on a service that is started with this environment. */
async function onService(setting: string, { context, options, runtimes }: Plan, steps: Steps): Promise<void> {
  if (!options.parts.some((part) => steps[part])) return;
  const [name, value] = setting.split('=');
  await using service = await BenchService.start(name && value ? { [name]: value } : {});
  for (const part of options.parts) {
    const step = steps[part];
    if (!step) continue;
    for (const [id, results] of Object.entries(runtimes)) {
      logProgress(`${part}, ${setting || 'default'}: ${id}`);
      Object.assign(results, await step({ ...context, service, subject: loadSubject(id) }));
    }
  }
}

const options = parseOptions();
stopOnSignals();
const results = await bench(options);
const verdicts = judge(results);
mkdirSync(dirname(options.jsonFile), { recursive: true });
writeFileSync(options.jsonFile, `${JSON.stringify({ ...results, verdicts }, null, 2)}\n`);
process.stdout.write(renderReport(results, verdicts));
logProgress(`written to ${options.jsonFile}`);
