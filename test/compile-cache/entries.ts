import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Compiled } from '../../src/compile-cache/compiled.ts';
import type { CompileKey } from '../../src/compile-cache/key.ts';
import { type ExecutionChanges, execution } from '../fixtures.ts';

/** Keys and entries for the tests of the cache. */

export function keyOf(text: string): CompileKey {
  return createHash('sha256').update(text).digest('hex') as CompileKey;
}

export function compiled(artefact: Uint8Array | undefined, changes: ExecutionChanges = {}): Compiled {
  return {
    execution: execution(changes),
    artefact: artefact === undefined ? undefined : Buffer.from(artefact),
    madeAtMs: Date.now(),
  };
}

/** An entry that takes this many blocks on disk. The last block is for everything except the artefact. */
export function ofBlocks(blocks: number): Compiled {
  return compiled(randomBytes((blocks - 1) * 4096));
}

/** An empty folder that is removed after the test file. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'code-runner-artefacts-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
