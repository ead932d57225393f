import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { CompileKey } from '../../src/compile-cache/key.ts';
import { ArtefactStore } from '../../src/compile-cache/store.ts';
import { MEBIBYTE, seededRandom } from '../fixtures.ts';
import { compiled, freshFolder, keyOf, ofBlocks } from './entries.ts';

const BLOCK = 4096;
const IS_ROOT = process.geteuid?.() === 0;

function setting(changes: { directory?: string; maxBytes?: number; now?: () => number } = {}) {
  const directory = changes.directory ?? join(freshFolder(), 'compiled');
  const errors: string[] = [];
  const options = {
    maxBytes: MEBIBYTE,
    onError: (error: unknown) => errors.push(String(error)),
    ...changes,
    directory,
  };
  return { directory, errors, store: new ArtefactStore(options), options };
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce(
    (sum, name) => sum + Math.ceil(statSync(join(directory, name)).size / BLOCK) * BLOCK,
    0,
  );
}

function fileOf(directory: string, key: CompileKey): string {
  return join(directory, `${key}.compiled`);
}

test('an entry can be read by the store that wrote it, by another one and by a later one', async () => {
  const { directory, store, options, errors } = setting();
  const [entry, other] = [
    ofBlocks(3),
    compiled(undefined, { fate: { status: 'completed', exitCode: 1 }, stderr: 'no' }),
  ];
  store.write(keyOf('a'), entry);
  store.write(keyOf('b'), other);
  await store.settle();
  for (const reader of [store, new ArtefactStore(options)]) {
    assert.deepEqual(await reader.read(keyOf('a')), entry);
    assert.deepEqual(await reader.read(keyOf('b')), other);
    assert.equal(await reader.read(keyOf('c')), undefined);
  }
  assert.deepEqual(readdirSync(directory).sort(), [`${keyOf('a')}.compiled`, `${keyOf('b')}.compiled`].sort());
  assert.deepEqual(errors, []);
});

test('directory and files are accessible only to their owner', async () => {
  const { directory, store } = setting();
  store.write(keyOf('a'), ofBlocks(1));
  await store.settle();
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(fileOf(directory, keyOf('a'))).mode & 0o777, 0o600);
});

describe('least recently used', () => {
  /** The entries that must exist: the last used ones, within seven eighths of the maximum size. */
  class Model {
    readonly #room: number;
    readonly #entries = new Map<CompileKey, number>();

    constructor(room: number) {
      this.#room = room;
    }

    write(key: CompileKey, blocks: number): void {
      this.#entries.delete(key);
      let used = [...this.#entries.values()].reduce((sum, size) => sum + size, 0);
      for (const [oldest, size] of this.#entries) {
        if (used + blocks <= this.#room) break;
        this.#entries.delete(oldest);
        used -= size;
      }
      this.#entries.set(key, blocks);
    }

    read(key: CompileKey): boolean {
      const blocks = this.#entries.get(key);
      if (blocks === undefined) return false;
      this.#entries.delete(key);
      this.#entries.set(key, blocks);
      return true;
    }

    get keys(): string[] {
      return [...this.#entries.keys()].sort();
    }
  }

  for (let seed = 1; seed <= 6; seed += 1) {
    test(`two stores on one directory and their successors behave as one, whatever the order (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      let clock = 1_000_000;
      // Every entry is larger than a sixteenth of the maximum size, so that every write scans the directory.
      const { directory, options, errors } = setting({ maxBytes: 32 * BLOCK, now: () => (clock += 1000) });
      const stores = [new ArtefactStore(options), new ArtefactStore(options)];
      const model = new Model(28);
      for (let step = 0; step < 150; step += 1) {
        const at = Math.floor(random() * 2);
        const store = stores[at] ?? assert.fail();
        const key = keyOf(`entry ${Math.floor(random() * 12)}`);
        const action = random();
        if (action < 0.05) stores[at] = new ArtefactStore(options);
        else if (action < 0.5) assert.equal((await store.read(key)) !== undefined, model.read(key), `step ${step}`);
        else if (!model.read(key)) {
          const blocks = 3 + Math.floor(random() * 6);
          store.write(key, ofBlocks(blocks));
          await store.settle();
          model.write(key, blocks);
        } else await store.read(key);
        assert.ok(sizeOf(directory) <= 32 * BLOCK);
      }
      assert.deepEqual(
        readdirSync(directory).sort(),
        model.keys.map((key) => `${key}.compiled`),
      );
      assert.deepEqual(errors, []);
    });
  }

  test('two independent stores stay within the maximum size with many small entries', async () => {
    const { directory, options } = setting({ maxBytes: 64 * BLOCK });
    const stores = [new ArtefactStore(options), new ArtefactStore(options)];
    for (let number = 0; number < 300; number += 1) {
      for (const [at, store] of stores.entries()) store.write(keyOf(`${at} ${number}`), ofBlocks(1));
      if (number % 10 === 0) await Promise.all(stores.map((store) => store.settle()));
    }
    await Promise.all(stores.map((store) => store.settle()));
    assert.ok(sizeOf(directory) <= 64 * BLOCK, `${sizeOf(directory) / BLOCK} blocks`);
    assert.ok(sizeOf(directory) >= 40 * BLOCK, `${sizeOf(directory) / BLOCK} blocks`);
  });

  test('touching keeps an entry', async () => {
    const { store } = setting({ maxBytes: 32 * BLOCK });
    for (const name of ['a', 'b', 'c']) store.write(keyOf(name), ofBlocks(9));
    await store.settle();
    await store.touch(keyOf('a'));
    store.write(keyOf('d'), ofBlocks(9));
    await store.settle();
    assert.ok(await store.read(keyOf('a')));
    assert.equal(await store.read(keyOf('b')), undefined);
  });

  test('an entry that is larger than the maximum size is not kept and evicts nothing', async () => {
    const { store, errors } = setting({ maxBytes: 16 * BLOCK });
    store.write(keyOf('small'), ofBlocks(2));
    store.write(keyOf('large'), ofBlocks(17));
    await store.settle();
    assert.ok(await store.read(keyOf('small')));
    assert.equal(await store.read(keyOf('large')), undefined);
    assert.deepEqual(errors, []);
  });

  test('other files are neither counted nor removed', async () => {
    const { directory, store } = setting({ maxBytes: 16 * BLOCK });
    mkdirSync(directory, { mode: 0o700 });
    const theirs = ['notes.txt', keyOf('content of something else'), '.hidden'];
    for (const name of theirs) writeFileSync(join(directory, name), Buffer.alloc(20 * BLOCK));
    mkdirSync(fileOf(directory, keyOf('a folder')));
    for (let number = 0; number < 20; number += 1) store.write(keyOf(`${number}`), ofBlocks(2));
    await store.settle();
    assert.ok(store.bytes > 0 && store.bytes <= 16 * BLOCK);
    for (const name of [...theirs, `${keyOf('a folder')}.compiled`])
      assert.ok(readdirSync(directory).includes(name), name);
  });
});

describe('damage', () => {
  async function withEntry() {
    const given = setting();
    given.store.write(keyOf('a'), ofBlocks(4));
    await given.store.settle();
    return { ...given, path: fileOf(given.directory, keyOf('a')) };
  }

  const damages: Record<string, (path: string) => void> = {
    'a changed byte': (path) => {
      const bytes = readFileSync(path);
      bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
      writeFileSync(path, bytes);
    },
    'a missing end': (path) => truncateSync(path, 5000),
    'no content at all': (path) => truncateSync(path, 0),
    'a hole in the middle': (path) => {
      const bytes = readFileSync(path);
      bytes.fill(0, 4096, 8192);
      writeFileSync(path, bytes);
    },
    'a giant': (path) => truncateSync(path, 2 ** 40),
    'another key’s entry': (path) => writeFileSync(path, 'CRARTF1\n'),
  };
  for (const [what, damage] of Object.entries(damages)) {
    test(`${what} is a miss, is removed, is reported, and can be written again`, async () => {
      const { store, errors, path } = await withEntry();
      damage(path);
      assert.equal(await store.read(keyOf('a')), undefined);
      assert.equal(errors.length, 1, errors.join());
      assert.equal(await store.read(keyOf('a')), undefined);
      assert.equal(errors.length, 1, 'it is gone');
      store.write(keyOf('a'), ofBlocks(4));
      await store.settle();
      assert.ok(await store.read(keyOf('a')));
    });
  }

  test('a link is not followed, and its target is kept', async () => {
    const { directory, store, errors, path } = await withEntry();
    symlinkSync(path, fileOf(directory, keyOf('b')));
    assert.equal(await store.read(keyOf('b')), undefined);
    assert.equal(errors.length, 1);
    assert.ok(await store.read(keyOf('a')));
  });

  test('an entry under another name is not used', async () => {
    const { directory, store, errors, path } = await withEntry();
    linkSync(path, fileOf(directory, keyOf('b')));
    assert.equal(await store.read(keyOf('b')), undefined);
    assert.equal(errors.length, 1);
    assert.ok(await store.read(keyOf('a')));
  });

  test('an entry that another user owns is not used', { skip: !IS_ROOT }, async () => {
    const { store, errors, path } = await withEntry();
    chownSync(path, 12_345, 12_345);
    assert.equal(await store.read(keyOf('a')), undefined);
    assert.equal(errors.length, 1);
  });
});

describe('a directory that cannot be used disables caching and logs one line', () => {
  async function assertUnused({ store, errors }: ReturnType<typeof setting>, expected: RegExp): Promise<void> {
    for (const name of ['a', 'b', 'c']) {
      store.write(keyOf(name), ofBlocks(1));
      await store.settle();
      assert.equal(await store.read(keyOf(name)), undefined);
    }
    assert.equal(errors.length, 1, errors.join('\n'));
    assert.match(errors[0] ?? '', expected);
  }

  test('a file is in its place', async () => {
    const path = join(freshFolder(), 'file');
    writeFileSync(path, '');
    await assertUnused(setting({ directory: path }), /EEXIST|not a directory/);
    await assertUnused(setting({ directory: join(path, 'beneath') }), /ENOTDIR/);
    await assertUnused(setting({ directory: '/proc/nowhere/at/all' }), /ENOENT/);
  });

  for (const mode of [0o777, 0o770, 0o707, 0o1777]) {
    test(`others can write to it (${mode.toString(8)})`, async () => {
      const directory = freshFolder();
      chmodSync(directory, mode);
      await assertUnused(setting({ directory }), /can be written by others/);
      assert.deepEqual(readdirSync(directory), []);
    });
  }

  test('it is a link', async () => {
    const folder = freshFolder();
    symlinkSync(freshFolder(), join(folder, 'link'));
    await assertUnused(setting({ directory: join(folder, 'link') }), /not a directory/);
  });

  test('another user owns it', { skip: !IS_ROOT }, async () => {
    const directory = freshFolder();
    chownSync(directory, 12_345, 12_345);
    await assertUnused(setting({ directory }), /belongs to another user/);
  });

  test('when it can be used again, it is used', async () => {
    const directory = freshFolder();
    chmodSync(directory, 0o777);
    const given = setting({ directory });
    await assertUnused(given, /others/);
    chmodSync(directory, 0o700);
    given.store.write(keyOf('a'), ofBlocks(1));
    await given.store.settle();
    assert.ok(await given.store.read(keyOf('a')));
  });
});

test('an abandoned file of a writer is removed, a file that is being written is not', async () => {
  const { directory, store } = setting();
  mkdirSync(directory, { mode: 0o700 });
  const [old, young] = [randomName(1), randomName(2)];
  for (const name of [old, young]) writeFileSync(join(directory, name), 'half');
  utimesSync(join(directory, old), 1000, 1000);
  assert.equal(await store.read(keyOf('a')), undefined);
  assert.deepEqual(readdirSync(directory), [young]);
});

function randomName(digit: number): string {
  return `${String(digit).repeat(8)}-0000-4000-8000-000000000000.writing`;
}
