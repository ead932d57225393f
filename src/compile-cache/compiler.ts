import type { ArtefactPlace, CollectRequest, Command, CompileCommand, WritableRoot } from '../core/command.ts';
import { type SandboxLimits, sandboxLimitValues } from '../core/limits.ts';
import type { SourceFile } from '../core/request.ts';
import { type Collected, type Compilation, type Execution, succeeded } from '../core/result.ts';
import type { CompileCache, Found } from './compile-cache.ts';
import { type Compiled, MAX_ARTEFACT_BYTES } from './compiled.ts';
import { type CompileKey, compileKey } from './key.ts';

/** What compiling needs of a sandbox. */
export interface CompileSandbox {
  /** Id of the image that it was made from, where that is known for certain. */
  readonly imageId: string | undefined;
  stage(files: readonly SourceFile[], root?: WritableRoot): void;
  execute(command: Command): Promise<Execution>;
  collect(request: CollectRequest): Promise<Collected>;
}

export interface CompileTask {
  readonly command: CompileCommand;
  /** Where the compiler puts what it makes; `undefined` where that is not one file. */
  readonly artefact: ArtefactPlace | undefined;
  /** All that is staged. */
  readonly files: readonly SourceFile[];
  readonly limits: SandboxLimits;
}

/** Looks whether anything but the staged files is in the working directory: names only, so nothing is carried. */
const NAMES: CollectRequest = { root: '/workspace', paths: ['**', '**/.*'], maxBytes: 0 };

/** Brings a program into a sandbox and compiles it, or restores what was compiled from the same before. */
export class Compiler {
  readonly #cache: CompileCache | undefined;

  /** Without a cache everything is compiled. */
  constructor(cache: CompileCache | undefined) {
    this.#cache = cache;
  }

  /** Stages the files and what they compile to. Rejects as the sandbox does, and with the signal's reason while it waits. */
  async prepare(task: CompileTask, sandbox: CompileSandbox, signal: AbortSignal): Promise<Compilation> {
    const beganAt = performance.now();
    const { artefact } = task;
    sandbox.stage(task.files);
    if (!this.#cache || !artefact || sandbox.imageId === undefined) return compileAlone(task, sandbox);
    const key = compileKey({ ...task, artefact, imageId: sandbox.imageId });
    const make = () => compileAndCollect(task, artefact, sandbox);
    const found = await this.#cache.obtain({ key, sharedKey: sharedKey(key, task), make, signal });
    if (found.cached) restore(found.compiled, artefact, sandbox);
    return compilationOf(found, performance.now() - beganAt);
  }
}

function compilationOf({ compiled: { execution }, cached }: Found, elapsedMs: number): Compilation {
  return { ...execution, cached, spentMs: cached ? elapsedMs : execution.usage.wallMs };
}

/** What is not seen from inside decides who waits for whom: nobody waits for somebody slower. */
function sharedKey(key: CompileKey, { command, limits }: CompileTask): string {
  return [key, command.wallMs, ...sandboxLimitValues(limits, false)].join(' ');
}

async function compileAlone({ command }: CompileTask, sandbox: CompileSandbox): Promise<Compilation> {
  const execution = await sandbox.execute(command);
  return { ...execution, cached: false, spentMs: execution.usage.wallMs };
}

/** The artefact leaves before the program runs, which could exchange it. It is asked for ahead, so that no time is lost. */
async function compileAndCollect(task: CompileTask, place: ArtefactPlace, sandbox: CompileSandbox): Promise<Compiled> {
  const executing = sandbox.execute(task.command);
  const { root, path } = place;
  const collecting = sandbox.collect({ root, paths: [path], maxBytes: MAX_ARTEFACT_BYTES });
  collecting.catch(() => undefined);
  const execution = await executing;
  if (!succeeded(execution)) return { execution, artefact: undefined, madeAtMs: Date.now() };
  const [made, names] = await Promise.all([collecting, sandbox.collect(NAMES)]);
  const artefact = leftOnly(task.files, place, names) ? made.files[0]?.content : undefined;
  return { execution, artefact, madeAtMs: Date.now() };
}

/** A build script may have made files that the program reads: a restored run would lack them, so nothing is kept of that. */
function leftOnly(files: readonly SourceFile[], { root, path }: ArtefactPlace, names: Collected): boolean {
  const expected = new Set(files.map((file) => Buffer.from(file.path).toString('latin1')));
  if (root === NAMES.root) expected.add(path);
  return [...names.files, ...names.omitted].every((file) => expected.has(file.path.toString('latin1')));
}

function restore({ artefact }: Compiled, { root, path }: ArtefactPlace, sandbox: CompileSandbox): void {
  if (artefact) sandbox.stage([{ path, content: artefact, executable: true }], root);
}
