import type { BareProgram } from './bare-program.ts';
import type { EngineCycle } from './engine-cycle.ts';
import type { Effort } from './options.ts';
import type { BenchService } from './service.ts';
import type { Subject } from './subjects.ts';

/** What every part of the benchmark uses. */
export interface BenchContext {
  readonly effort: Effort;
  readonly bare: BareProgram;
  readonly cycle: EngineCycle;
}

/** One runtime, measured on one service. */
export interface Trial extends BenchContext {
  readonly service: BenchService;
  readonly subject: Subject;
}
