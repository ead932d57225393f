import { createHash, type Hash } from 'node:crypto';
import type { ArtefactPlace, CompileCommand } from '../core/command.ts';
import { type SandboxLimits, sandboxLimitValues } from '../core/limits.ts';
import type { SourceFile } from '../core/request.ts';

declare const key: unique symbol;

/** SHA-256, in hexadecimal, of everything that a compile phase can depend on. Only `compileKey` creates one. */
export type CompileKey = string & { readonly [key]: true };

export interface CompileInputs {
  /** Id of the image that the sandbox was created from. Its tag may already refer to another image. */
  readonly imageId: string;
  readonly command: CompileCommand;
  readonly artefact: ArtefactPlace;
  readonly limits: SandboxLimits;
  readonly files: readonly SourceFile[];
}

/** Must change when the meaning of the hashed or stored data changes. */
const KEY_VERSION = 'code-runner compile 1';

/**
 * The cache key of these inputs. Untrusted code (a build script, a compiler with a bug) produces the artefact, so whoever chooses the
 * inputs may control the artefact. Therefore the key covers everything that can influence the compile phase, including limits that it
 * can only notice by failing: someone who tampers with a compile gets a key that no other inputs have. The time limit, cores and CPU
 * shares are left out, because a program can observe them only by timing. Every part is preceded by its length, so that different
 * lists of parts never hash the same bytes.
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
