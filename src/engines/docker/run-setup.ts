import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputListener } from '../../core/command.ts';
import type { Fate } from '../../core/result.ts';
import { BuildFailure, MAX_LOG_BYTES } from '../../prebuilds/ports.ts';
import type { Setup } from '../../prebuilds/setup.ts';
import type { Containers } from './api/containers.ts';
import type { BuildGuard } from './build-guard.ts';
import type { InitContainer } from './init-container.ts';

const END_TIMEOUT_MS = 10_000;
const CHECK_EVERY_MS = 50;
const NO_INPUT = new Uint8Array();

export interface RunSetupOptions {
  readonly guard: BuildGuard;
  readonly containers: Pick<Containers, 'countProcesses'>;
  /** Maximum size of a file. */
  readonly maxFileBytes: number;
  readonly onOutput: OutputListener;
}

/** Runs the commands of a setup one after the other, and leaves no process behind. Rejects with `BuildFailure` if one fails. */
export async function runSetup(container: InitContainer, setup: Setup, options: RunSetupOptions): Promise<void> {
  const { guard, containers } = options;
  container.session.stage(setup.files);
  for (const argv of setup.commands) requireSuccess(await execute(container, { argv, setup }, options), guard);
  await waitForProcesses(containers, container.id);
  await guard.requireSize();
}

async function execute(
  { session }: InitContainer,
  { argv, setup }: { argv: readonly string[]; setup: Setup },
  { guard, maxFileBytes, onOutput }: RunSetupOptions,
): Promise<Fate> {
  const { fate } = await session.stream({
    argv,
    environment: setup.environment,
    stdin: NO_INPUT,
    onOutput,
    wallMs: guard.remainingMs(),
    cpuMs: undefined,
    outputBytes: MAX_LOG_BYTES,
    outputKillBytes: MAX_LOG_BYTES,
    maxFileBytes,
  });
  return fate;
}

function requireSuccess(fate: Fate, guard: BuildGuard): void {
  switch (fate.status) {
    case 'completed':
      if (fate.exitCode === 0) return;
      throw new BuildFailure('');
    case 'signaled':
      throw new BuildFailure(`it was killed by signal ${fate.signal}.`);
    case 'timed_out':
      throw guard.tooLong();
    case 'out_of_memory':
      throw new BuildFailure('it ran out of memory (PREBUILD_MEMORY).');
    case 'output_limit_exceeded':
      throw guard.printedTooMuch();
  }
}

/** sandbox-init kills the processes that a command leaves, but does not wait for them. They must be gone before the base files are restored. */
async function waitForProcesses(containers: RunSetupOptions['containers'], containerId: string): Promise<void> {
  const deadline = performance.now() + END_TIMEOUT_MS;
  while ((await containers.countProcesses(containerId)) !== 1) {
    if (performance.now() > deadline) throw new BuildFailure('one of its processes did not end when it was killed.');
    await sleep(CHECK_EVERY_MS);
  }
}
