import type { Command, InputSink } from '../../src/core/command.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { ProgramPlan } from '../../src/core/plan.ts';
import type { SourceFile } from '../../src/core/request.ts';
import type { Execution } from '../../src/core/result.ts';
import type { PlannedTest } from '../../src/judging/plan.ts';
import type { Prepare } from '../../src/judging/program-sandbox.ts';
import { ProgramSandbox } from '../../src/judging/program-sandbox.ts';
import { planProgram } from '../../src/runs/plan.ts';
import type { Sandbox } from '../../src/sandbox/ports.ts';
import { command, execution, POLICY, runRequest, runtime } from '../fixtures.ts';

/** Fake sandboxes: programs are functions, and calls are logged. */

/** A fake program: what it does with its command. `nth` counts executions from 1, over all sandboxes. */
export type Program = (command: Command, nth: number) => Execution | Promise<Execution>;

export interface Script {
  readonly program?: Program;
  /** Whether the `nth` reset succeeds. */
  readonly reset?: (nth: number) => Promise<void>;
  readonly compile?: (nth: number) => Execution | null;
}

export const PLAN: ProgramPlan = planProgram(runRequest(), runtime());

/** Creates sandboxes for one program and logs everything that happens in them. */
export class Laboratory {
  readonly log: string[] = [];
  /** The files that were staged in addition to the program, by execution. */
  readonly staged: Record<string, string>[] = [];
  readonly #script: Script;
  #sandboxes = 0;
  #executions = 0;
  #resets = 0;

  constructor(script: Script = {}) {
    this.#script = script;
  }

  readonly prepare: Prepare = async () => {
    this.#sandboxes += 1;
    const id = `s${this.#sandboxes}`;
    this.log.push(`prepare ${id}`);
    return {
      sandbox: this.#sandbox(id),
      compile: this.#script.compile?.(this.#sandboxes) ?? null,
      release: () => this.log.push(`release ${id}`),
    };
  };

  async programSandbox(): Promise<ProgramSandbox> {
    return new ProgramSandbox(PLAN, await this.prepare(PLAN), this.prepare);
  }

  #sandbox(id: string): Sandbox {
    return {
      id,
      imageId: 'sha256:image',
      isolation: 'container',
      limits: defaultLimits(POLICY),
      setLimits: async () => false,
      gone: new Promise(() => undefined),
      stage: (files) => void this.staged.push(contents(files)),
      snapshot: (paths) => void this.log.push(`snapshot ${id} ${paths.join(' ')}`),
      reset: () => {
        this.#resets += 1;
        this.log.push(`reset ${id}`);
        return this.#script.reset?.(this.#resets) ?? Promise.resolve();
      },
      execute: async (asked) => {
        this.#executions += 1;
        const nth = this.#executions;
        this.log.push(`execute ${id}`);
        return this.#script.program?.(asked, nth) ?? execution();
      },
      collect: async () => ({ files: [], omitted: [] }),
      next: async () => undefined,
      destroy: async () => undefined,
    };
  }
}

function contents(files: readonly SourceFile[]): Record<string, string> {
  return Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]));
}

export function plannedTest(changes: Partial<PlannedTest> = {}): PlannedTest {
  return {
    name: undefined,
    args: [],
    stdin: Buffer.from('the input'),
    expected: undefined,
    timeoutMs: 1000,
    cpuTimeoutMs: undefined,
    command: command(),
    ...changes,
  };
}

/** A fake program that reads its live input piece by piece until it ends. */
export function talker(
  talk: (said: AsyncGenerator<string>, say: (text: string) => void | Promise<void>) => Promise<Execution>,
): Program {
  return (asked) => {
    const { stdin, onOutput } = asked;
    if (stdin instanceof Uint8Array) throw new Error('nobody to talk with');
    const heard = new Hearing();
    stdin.flowTo(heard);
    return talk(heard.pieces(), (text) => onOutput?.('stdout', Buffer.from(text)));
  };
}

class Hearing implements InputSink {
  readonly #pieces: (string | undefined)[] = [];
  #wake = () => {};

  write(bytes: Uint8Array): void {
    this.#pieces.push(Buffer.from(bytes).toString());
    this.#wake();
  }

  end(): void {
    this.#pieces.push(undefined);
    this.#wake();
  }

  async *pieces(): AsyncGenerator<string> {
    for (;;) {
      while (this.#pieces.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const piece = this.#pieces.shift();
      if (piece === undefined) return;
      yield piece;
    }
  }
}
