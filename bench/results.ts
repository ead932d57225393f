import type { Burst } from './burst.ts';
import type { CpuCost } from './cpu-cost.ts';
import type { JudgingResults } from './judging/judging.ts';
import type { ColdLatency, WarmLatency } from './latency.ts';
import type { Machine } from './machine.ts';
import type { Summary } from './statistics.ts';
import type { Throughput } from './throughput.ts';
import type { TimingCheck } from './timing-check.ts';

/** The results for one runtime. Parts that were not measured are missing. */
export interface RuntimeResults {
  cold?: ColdLatency;
  warm?: WarmLatency;
  coldBurst?: Burst;
  warmBurst?: Burst;
  throughput?: Throughput;
  coldCpu?: CpuCost;
  warmCpu?: CpuCost;
}

export interface Results {
  readonly takenAt: string;
  readonly isQuick: boolean;
  /** What the service was started with (ISOLATION). */
  readonly isolation: 'cells' | 'containers';
  readonly machine: Machine;
  /** Fork, exec and wait of `/bin/true`. */
  readonly floor: Summary;
  readonly runtimes: Readonly<Record<string, RuntimeResults>>;
  readonly judging?: JudgingResults;
  readonly timings: TimingCheck;
}
