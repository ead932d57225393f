import { fileURLToPath } from 'node:url';
import { parseConfig } from '../src/config/config.ts';
import { defaultLimits } from '../src/core/limits.ts';
import type { RunPlan } from '../src/core/plan.ts';
import { planRun } from '../src/runs/plan.ts';
import { loadRuntime, type Runtime } from '../src/runtimes/registry.ts';

export const RUNTIME_DIR = fileURLToPath(new URL('../runtimes', import.meta.url));

/** The sample program of one runtime, which is measured. */
export interface Subject {
  readonly runtime: Runtime;
  /** The plan of the service for it: image, limits, files, commands. */
  readonly plan: RunPlan;
  /** The body of `POST /run`. */
  readonly body: Buffer;
}

/** The sample program of a runtime, with default limits. */
export function loadSubject(id: string): Subject {
  const runtime = loadRuntime(RUNTIME_DIR, id);
  const { code } = runtime.sample;
  const plan = planRun(
    {
      runtime: id,
      code,
      files: [],
      entrypoint: undefined,
      args: [],
      stdin: new Uint8Array(),
      environment: {},
      limits: defaultLimits(parseConfig({}).limits),
      outputFiles: [],
      maxOutputFilesBytes: 0,
      judging: undefined,
      isolation: 'container',
    },
    runtime,
  );
  return { runtime, plan, body: Buffer.from(JSON.stringify({ image: id, code })) };
}
