import { Diagnoser } from '../runs/diagnoser.ts';
import { Runner } from '../runs/runner.ts';
import type { Runtime } from '../runtimes/registry.ts';
import type { Admission } from '../sandbox/admission.ts';
import type { createCompiling } from './compiling.ts';
import type { Foundation } from './foundation.ts';
import type { createHealth } from './health.ts';
import type { createPrebuilds } from './prebuilds.ts';
import type { createSandboxes } from './sandboxes.ts';

interface UseCaseDependencies {
  readonly admission: Admission;
  readonly compiling: ReturnType<typeof createCompiling>;
  readonly sandboxes: ReturnType<typeof createSandboxes>;
  readonly health: ReturnType<typeof createHealth>;
  readonly prebuilds: ReturnType<typeof createPrebuilds>;
}

/** What callers can do with a program: run it, or have it diagnosed. Both go through the same admission and the same pool. */
export function createUseCases({ config, runtimes }: Foundation, dependencies: UseCaseDependencies) {
  const { admission, compiling, sandboxes, health } = dependencies;
  const prebuilds = dependencies.prebuilds?.prebuilds;
  const { pool } = sandboxes;
  const requireReady = (runtime: Runtime) => health.readiness.requireReady(runtime);
  const { compiler } = compiling;
  const { limits, isolation } = config;
  return {
    runner: new Runner({ runtimes, extensions: prebuilds, admission, pool, compiler, requireReady }),
    diagnoser: new Diagnoser({ runtimes, prebuilds, admission, pool, limits, isolation, requireReady }),
  };
}
