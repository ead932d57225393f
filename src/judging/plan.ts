import type { Command } from '../core/command.ts';
import type { ProgramPlan } from '../core/plan.ts';
import type { ErrorFormat } from '../core/program-error.ts';
import type { Comparison, TestCase } from '../core/request.ts';

/** The plan for judging a program that is ready in its sandbox. */
export interface TestSuitePlan {
  readonly tests: readonly PlannedTest[];
  readonly judge: EvaluatorPlan;
  /** How the judged program reports errors. */
  readonly errors: readonly ErrorFormat[];
  readonly stopsOnFailure: boolean;
  readonly responseBytes: number;
}

export interface PlannedTest extends TestCase {
  readonly command: Command;
}

export type EvaluatorPlan =
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'checker' | 'interactor'; readonly program: ProgramPlan };
