import type { ArtefactPlace, CollectRequest, Command, CompileCommand, WritableRoot } from '../core/command.ts';
import { type SandboxLimits, sandboxLimitValues } from '../core/limits.ts';
import type { SourceFile } from '../core/request.ts';
import { type Collected, type Compilation, type Execution, succeeded } from '../core/result.ts';
import type { CompileCache, Found } from './compile-cache.ts';
import { type Compiled, MAX_ARTEFACT_BYTES } from './compiled.ts';
import { type CompileKey, compileKey } from './key.ts';

/** The operations of a sandbox that compiling needs. */
export interface CompileSandbox {
  /** Id of the image that the sandbox was created from. */
  readonly imageId: string;
  stage(files: readonly SourceFile[], root?: WritableRoot): void;
  execute(command: Command): Promise<Execution>;
  collect(request: CollectRequest): Promise<Collected>;
}

export interface CompileTask {
  readonly command: CompileCommand;
  /** Where the compiler writes the artefact; `undefined` if it is not a single file. */
  readonly artefact: ArtefactPlace | undefined;
  /** All files to stage. */
  readonly files: readonly SourceFile[];
  readonly limits: SandboxLimits;
}

/** Lists the names in the working directory, to see whether compiling left other files there. `maxBytes: 0` transfers no content. */
const NAMES: CollectRequest = { root: '/workspace', paths: ['**', '**/.*'], maxBytes: 0 };

/** Stages a program in a sandbox and compiles it, or restores the artefact from the cache. */
export class Compiler {
  readonly #cache: CompileCache | undefined;

  /** Without a cache, every program is compiled. */
  constructor(cache: CompileCache | undefined) {
    this.#cache = cache;
  }

  /** Stages and compiles. Rejects as the sandbox does, or with the signal's reason if the run is cancelled while it waits. */
  async prepare(task: CompileTask, sandbox: CompileSandbox, signal: AbortSignal): Promise<Compilation> {
    const beganAt = performance.now();
    const { artefact } = task;
    sandbox.stage(task.files);
    if (!this.#cache || !artefact) return compileAlone(task, sandbox);
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

/** Adds the time limit and the CPU limits to the key, so that no run waits for a slower one. */
function sharedKey(key: CompileKey, { command, limits }: CompileTask): string {
  return [key, command.wallMs, ...sandboxLimitValues(limits, false)].join(' ');
}

async function compileAlone({ command }: CompileTask, sandbox: CompileSandbox): Promise<Compilation> {
  const execution = await sandbox.execute(command);
  return { ...execution, cached: false, spentMs: execution.usage.wallMs };
}

/** Collects the artefact before the program runs, because the program could replace it. The request is sent ahead to save time. */
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

/** A build script may create files that the program reads. A run from the cache would lack them, so such a program is not cached. */
function leftOnly(files: readonly SourceFile[], { root, path }: ArtefactPlace, names: Collected): boolean {
  const expected = new Set(files.map((file) => Buffer.from(file.path).toString('latin1')));
  if (root === NAMES.root) expected.add(path);
  return [...names.files, ...names.omitted].every((file) => expected.has(file.path.toString('latin1')));
}

function restore({ artefact }: Compiled, { root, path }: ArtefactPlace, sandbox: CompileSandbox): void {
  if (artefact) sandbox.stage([{ path, content: artefact, executable: true }], root);
}
