import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { ArtefactStore } from '../../src/compile-cache/store.ts';
import { MEBIBYTE } from '../fixtures.ts';
import { freshFolder, keyOf } from './entries.ts';

const WRITER = ['--import', 'tsx', 'test/compile-cache/writer.ts'];

function unfinished(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.writing'));
}

/** Waits until as many entries have begun to be written since it was called. */
async function untilBegun(directory: string, entries: number): Promise<void> {
  const begun = new Set<string>();
  for await (const { filename } of watch(directory)) {
    if (filename?.endsWith('.writing')) begun.add(filename);
    if (begun.size === entries) return;
  }
}

test('kill -9 during a write leaves complete entries and files that are removed later', async () => {
  const directory = join(freshFolder(), 'compiled');
  mkdirSync(directory, { mode: 0o700 });
  for (let round = 0; round < 20 && (round < 6 || unfinished(directory).length === 0); round += 1) {
    const inTheMiddle = untilBegun(directory, 2 + round);
    const writer = spawn(process.execPath, [...WRITER, directory], { stdio: ['ignore', 'ignore', 'inherit'] });
    await inTheMiddle;
    writer.kill('SIGKILL');
    await once(writer, 'exit');
  }
  assert.ok(unfinished(directory).length > 0, 'one write was interrupted');
  const errors: unknown[] = [];
  const store = new ArtefactStore({ directory, maxBytes: 1024 * MEBIBYTE, onError: (error) => errors.push(error) });
  let found = 0;
  for (let number = 0; number < 16; number += 1) if (await store.read(keyOf(String(number)))) found += 1;
  assert.ok(found > 0);
  assert.deepEqual(errors, [], 'no entry was damaged');
  for (const name of unfinished(directory)) utimesSync(join(directory, name), 1000, 1000);
  await new ArtefactStore({
    directory,
    maxBytes: 1024 * MEBIBYTE,
    onError: (error) => assert.fail(String(error)),
  }).read(keyOf('0'));
  assert.deepEqual(unfinished(directory), []);
});

test('a full disk loses the entry and logs one line', async () => {
  const directory = join(freshFolder(), 'compiled');
  // Limits the files of this process to 1 MiB, which behaves like a full disk.
  const entries = '5';
  const command = ['-c', 'ulimit -f 2048; exec "$@"', 'sh', process.execPath, ...WRITER, directory, entries];
  const writer = spawn('/bin/sh', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: writer.stdout }).on('line', (line) => lines.push(line));
  assert.deepEqual(await once(writer, 'close'), [0, null], 'it goes on to the last entry');
  assert.equal(lines.length, 2, lines.join('\n'));
  assert.match(lines[1] ?? '', /EFBIG|only a part/);
  const left = readdirSync(directory).filter((name) => statSync(join(directory, name)).size > 0);
  assert.ok(left.length <= 1, 'only the one that was being written');
});
