import { cpus, loadavg, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineHttp } from './engine-http.ts';
import { machineCpuMs } from './processes.ts';
import { logProgress } from './progress.ts';
import { round } from './statistics.ts';

const LOOK_MS = 3000;
/** If more than this share of one core is busy, other work distorts the measurement. */
const IDLE_SHARE = 0.1;

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly engine: string;
  readonly loadAverage: number;
  /** Number of busy cores before the benchmark. */
  readonly busyCores: number;
}

/** The machine, and whether it is idle. */
export async function describeMachine(http: EngineHttp): Promise<Machine> {
  const before = machineCpuMs();
  await sleep(LOOK_MS);
  const busyCores = round((machineCpuMs() - before) / LOOK_MS);
  if (busyCores > IDLE_SHARE) logProgress(`WARNING: the machine is not idle, ${busyCores} cores are busy`);
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version,
    engine: await http.version(),
    loadAverage: round(loadavg()[0] ?? Number.NaN),
    busyCores,
  };
}
