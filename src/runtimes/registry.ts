import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunnerError } from '../core/errors.ts';
import { nearestName } from '../core/nearest-name.ts';
import type { SafePath } from '../core/path.ts';
import type { SourceFile } from '../core/request.ts';
import { type Manifest, manifestSchema } from './manifest.ts';

const IMAGE_PREFIX = 'code-runner-';
const RUNTIME_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A language as data: its manifest and its files. */
export interface Runtime {
  /** Name of its folder, and of `image` in a request. */
  readonly id: string;
  readonly image: string;
  readonly manifest: Manifest;
  readonly workspaceFiles: readonly SourceFile[];
  /** The script of the manifest's `check`, if it has one. */
  readonly checkScript?: SourceFile | undefined;
  readonly sample: { readonly code: string; readonly stdout: string };
}

/** Id of the default runtime, if it is served. */
const PREFERRED_DEFAULT = 'python';

/** The runtimes that are served. */
export class RuntimeRegistry {
  readonly all: readonly Runtime[];
  /** The runtime of requests that do not name one: Python if it is served, else the first. */
  readonly default: Runtime;
  readonly #byName: ReadonlyMap<string, Runtime>;

  /** Throws if there are no runtimes or if two share a name. */
  constructor(runtimes: readonly Runtime[]) {
    const [first] = runtimes;
    if (first === undefined) throw new Error('There are no runtimes.');
    this.all = runtimes;
    this.default = runtimes.find(({ id }) => id === PREFERRED_DEFAULT) ?? first;
    this.#byName = byName(runtimes);
  }

  /** The runtime that a caller means by `python`, `Python3` or `code-runner-py`. Case does not matter. */
  find(name: string): Runtime | undefined {
    return this.#byName.get(bareName(name));
  }

  /** As `find`, but throws `unknown_runtime` if there is no such runtime. */
  resolve(name: string): Runtime {
    const runtime = this.find(name);
    if (!runtime) throw this.unknown(name, 'There is no such runtime.');
    return runtime;
  }

  /** The error for an unknown name. It suggests the nearest known name. */
  unknown(name: string, problem: string): RunnerError {
    const nearest = nearestName(bareName(name), this.#byName.keys());
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    const known = this.all.map(({ id }) => id).join(', ');
    return new RunnerError('unknown_runtime', `${problem}${hint} Runtimes: ${known}.`);
  }
}

function bareName(name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith(IMAGE_PREFIX) ? lower.slice(IMAGE_PREFIX.length) : lower;
}

/** Every name of a runtime, with the runtime as that name means it. */
function namesOf(runtime: Runtime): [string, Runtime][] {
  const { id, manifest } = runtime;
  const aliases = manifest.aliases.map((alias): [string, Runtime] =>
    typeof alias === 'string'
      ? [alias, runtime]
      : [alias.name, { ...runtime, manifest: { ...manifest, main_file: alias.main_file } }],
  );
  return [[id, runtime], ...aliases];
}

function byName(runtimes: readonly Runtime[]): Map<string, Runtime> {
  const named = new Map<string, Runtime>();
  for (const runtime of runtimes) {
    for (const [name, meant] of namesOf(runtime)) {
      const other = named.get(name);
      if (other) throw new Error(`${runtime.id}: the name ${name} is also used by ${other.id}`);
      named.set(name, meant);
    }
  }
  return named;
}

/** The image name of a runtime, or of `base`. */
export function imageName(id: string): string {
  return `${IMAGE_PREFIX}${id}`;
}

/** Reads all runtimes of a folder, or only the named ones. Throws one error that lists every problem. */
export function loadRuntimes(directory: string, only: readonly string[] | undefined): RuntimeRegistry {
  const ids = runtimeIds(directory).filter((id) => only === undefined || only.includes(id));
  const problems = (only ?? []).filter((id) => !ids.includes(id)).map((id) => `${id}: no such folder in ${directory}`);
  const runtimes = ids.flatMap((id) => {
    try {
      return [loadRuntime(directory, id)];
    } catch (error) {
      problems.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Error(`Some runtimes cannot be used:\n  ${problems.join('\n  ')}`);
  if (runtimes.length === 0) throw new Error(`No runtime in ${directory}: a runtime is a folder with a runtime.json.`);
  return new RuntimeRegistry(runtimes);
}

/** Ids of the folders that hold a `runtime.json`, in alphabetical order. */
export function runtimeIds(directory: string): string[] {
  return readdirSync(directory)
    .filter((id) => RUNTIME_NAME.test(id) && existsSync(join(directory, id, 'runtime.json')))
    .sort();
}

/** Reads and checks one runtime's folder. */
export function loadRuntime(directory: string, id: string): Runtime {
  const folder = join(directory, id);
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'runtime.json'), 'utf8')));
  const fileNamed = (name: string) => ({ path: name as SafePath, content: readFileSync(join(folder, name)) });
  return {
    id,
    image: imageName(id),
    manifest,
    workspaceFiles: manifest.workspace_files.map(fileNamed),
    checkScript: manifest.check?.script === undefined ? undefined : fileNamed(manifest.check.script),
    sample: { code: readFileSync(join(folder, manifest.sample.file), 'utf8'), stdout: manifest.sample.stdout },
  };
}
