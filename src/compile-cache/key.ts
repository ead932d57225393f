import { createHash, type Hash } from 'node:crypto';
import type { ArtefactPlace, CompileCommand } from '../core/command.ts';
import { type SandboxLimits, sandboxLimitValues } from '../core/limits.ts';
import type { SourceFile } from '../core/request.ts';

declare const key: unique symbol;

/** SHA-256 of everything that a compile phase can know, in hexadecimal. Only `compileKey` makes one. */
export type CompileKey = string & { readonly [key]: true };

export interface CompileInputs {
  /** Id of the very image that the sandbox was made from: its tag may mean another one a moment later. */
  readonly imageId: string;
  readonly command: CompileCommand;
  readonly artefact: ArtefactPlace;
  readonly limits: SandboxLimits;
  readonly files: readonly SourceFile[];
}

/** Changes when what is hashed, or what is stored under it, changes its meaning. */
const KEY_VERSION = 'code-runner compile 1';

/**
 * The address of what these inputs compile to. An artefact is made by untrusted code (a build script, a compiler with a hole), so
 * whoever chooses the inputs may choose the artefact. Hence everything that the sandbox is told is part of the key, also limits
 * that a compiler could only notice by failing: whoever makes a compile come out wrong has an address of their own, and the same
 * address means the same sources by the same means. What is left out cannot be seen from inside but by a clock: the wall limit,
 * cores and CPU shares. Every part is preceded by its length, so that no two lists of parts are the same bytes.
 */
export function compileKey({ imageId, command, artefact, limits, files }: CompileInputs): CompileKey {
  const hash = createHash('sha256');
  addAll(hash, [KEY_VERSION, imageId, artefact.root, artefact.path]);
  addAll(hash, [...sandboxLimitValues(limits, true), command.outputBytes].map(String));
  add(hash, command.stdin);
  addList(hash, command.argv);
  addList(hash, Object.entries(command.environment).sort(byFirst).flat());
  add(hash, String(files.length));
  for (const { path, content, executable } of [...files].sort((a, b) => compare(a.path, b.path))) {
    addAll(hash, [path, String(executable)]);
    add(hash, content);
  }
  return hash.digest('hex') as CompileKey;
}

function addList(hash: Hash, parts: readonly string[]): void {
  add(hash, String(parts.length));
  addAll(hash, parts);
}

function addAll(hash: Hash, parts: readonly string[]): void {
  for (const part of parts) add(hash, part);
}

function add(hash: Hash, part: string | Uint8Array): void {
  const bytes = typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  hash.update(`${bytes}:`).update(part);
}

function byFirst([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
