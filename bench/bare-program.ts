import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command } from '../src/core/command.ts';
import type { SafePath } from '../src/core/path.ts';
import { succeeded } from '../src/core/result.ts';
import type { Engine } from '../src/engines/docker/api/engine.ts';
import { reapInstance } from '../src/engines/docker/reaper.ts';
import { ContainerSandboxFactory } from '../src/engines/docker/sandbox-factory.ts';
import { sharedNames } from '../src/engines/docker/shared-names.ts';
import type { Sandbox } from '../src/sandbox/ports.ts';
import { NO_CELLS } from '../test/fixtures.ts';
import type { Subject } from './subjects.ts';

const LOOP_FILE = 'bare-loop.pl' as SafePath;
const LOOP = readFileSync(new URL(LOOP_FILE, import.meta.url));
const LOOP_WALL_MS = 600_000;

export interface LoopOptions {
  readonly count: number;
  readonly gapMs: number;
}

export interface ThroughputOptions {
  /** How many loops there are. */
  readonly atATime: number;
  /** Executions of all loops together. */
  readonly runs: number;
}

/** Milliseconds of one execution: one number per phase, in order. */
export type PhaseTimes = readonly number[];

/** Runs programs in a loop inside one sandbox, without service and engine: only fork, exec and wait. */
export class BareProgram {
  readonly #factory: ContainerSandboxFactory;
  readonly #instanceId = randomUUID();
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#factory = new ContainerSandboxFactory({
      engine,
      instanceId: this.#instanceId,
      names: sharedNames('code-runner-bench'),
      ociRuntime: undefined,
      cells: NO_CELLS,
      onError: (_, error) => process.stderr.write(`bare program: ${error}\n`),
    });
  }

  /** The runtime's commands: compile (if there is a compile phase) and run. */
  measure(subject: Subject, options: LoopOptions): Promise<PhaseTimes[]> {
    const { compile, run } = subject.plan;
    const argv = compile ? [...compile.argv, '--', ...run.argv] : run.argv;
    return this.#loop(subject, [subject.runtime.sample.stdout, ...argv], options);
  }

  /** The cost of the loop itself, measured with a program that does nothing. */
  measureFloor(subject: Subject, options: LoopOptions): Promise<PhaseTimes[]> {
    return this.#loop(subject, ['', '/bin/true'], options);
  }

  /** Programs a second, without compiling, of loops that run at the same time, each in a sandbox of its own. */
  async measureThroughput(subject: Subject, { atATime, runs }: ThroughputOptions): Promise<number> {
    const { plan, runtime } = subject;
    const sandboxes = await Promise.all(Array.from({ length: atATime }, () => this.#prepare(subject)));
    try {
      for (const sandbox of plan.compile ? sandboxes : []) await executed(sandbox, plan.compile as Command);
      const count = Math.ceil(runs / atATime);
      const beganAt = performance.now();
      const argv = [String(count), '0', runtime.sample.stdout, ...plan.run.argv];
      await Promise.all(sandboxes.map((sandbox) => executed(sandbox, loopCommand(plan.run, argv))));
      return (1000 * count * atATime) / (performance.now() - beganAt);
    } finally {
      await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
    }
  }

  async #loop(subject: Subject, argv: readonly string[], { count, gapMs }: LoopOptions): Promise<PhaseTimes[]> {
    const sandbox = await this.#prepare(subject);
    try {
      const command = loopCommand(subject.plan.run, [String(count), String(gapMs), ...argv]);
      return (await executed(sandbox, command)).trim().split('\n').map(readTimes);
    } finally {
      await sandbox.destroy();
    }
  }

  /** A sandbox with the files of the program and of the loop. */
  async #prepare({ plan }: Subject): Promise<Sandbox> {
    const sandbox = await this.#factory.create(plan.sandbox, AbortSignal.timeout(LOOP_WALL_MS));
    sandbox.stage([...plan.files, { path: LOOP_FILE, content: LOOP }]);
    return sandbox;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await reapInstance(this.#engine.containers, this.#instanceId);
  }
}

/** What a command printed. */
async function executed(sandbox: Sandbox, command: Command): Promise<string> {
  const execution = await sandbox.execute(command);
  if (!succeeded(execution)) throw new Error(`the program failed: ${execution.stderr.bytes}`);
  return execution.stdout.bytes.toString();
}

function loopCommand(run: Command, argv: readonly string[]): Command {
  return { ...run, argv: ['/usr/bin/perl', `/workspace/${LOOP_FILE}`, ...argv], wallMs: LOOP_WALL_MS };
}

function readTimes(line: string): PhaseTimes {
  return line.split(' ').map(Number);
}
