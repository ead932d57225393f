import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packArchive, unpackArchive } from '../../src/init-protocol/archive.ts';
import { file, MEBIBYTE, path } from '../fixtures.ts';

/** The listing of an archive by the `tar` program, as an independent check. */
function listWithTar(archive: Buffer): string[] {
  const listing = execFileSync(
    'tar',
    ['--list', '--verbose', '--numeric-owner', '--quoting-style=literal', '--full-time'],
    {
      input: archive,
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    },
  );
  return listing.split('\n').filter((line) => line !== '');
}

/** An archive as sandbox-init writes it: GNU format, names as on disk. */
function packWithTar(files: readonly { readonly name: Buffer; readonly content: Buffer }[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  try {
    for (const { name, content } of files) {
      const target = Buffer.concat([Buffer.from(`${folder}/`), name]);
      mkdirSync(target.subarray(0, target.lastIndexOf('/')), { recursive: true });
      writeFileSync(target, content);
    }
    const list = Buffer.concat(files.flatMap(({ name }) => [name, Buffer.from([0])]));
    return execFileSync('tar', ['--create', '--format=gnu', '--null', '--verbatim-files-from', '--files-from=-'], {
      cwd: folder,
      input: list,
      maxBuffer: 8 * MEBIBYTE,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LONG_NAMES = [
  'x'.repeat(100),
  'x'.repeat(101),
  'x'.repeat(255),
  `${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(255)}`,
  `${'ab/'.repeat(1364)}x`,
  'naïve/日本.txt',
  `${'日'.repeat(85)}/${'本'.repeat(85)}`,
];

const NAMES_ON_DISK = [
  ...LONG_NAMES.filter((name) => name.length < 3000).map((name) => Buffer.from(name)),
  Buffer.from([0x61, 0xff, 0xfe]),
  Buffer.concat([Buffer.from(`${'d'.repeat(120)}/`), Buffer.from([0xc3, 0x28])]),
];

test('reading an archive of sandbox-init: names byte for byte, empty files, 1 MiB', async () => {
  const files = [
    { name: Buffer.from('empty'), content: Buffer.alloc(0) },
    { name: Buffer.from('large'), content: Buffer.alloc(MEBIBYTE, 'ab') },
    ...NAMES_ON_DISK.map((name) => ({ name, content: name })),
  ];
  const unpacked = await unpackArchive(packWithTar(files));
  assert.deepEqual(
    unpacked.map(({ path }) => path.toString('hex')),
    files.map(({ name }) => name.toString('hex')),
  );
  for (const [index, { content }] of unpacked.entries()) {
    assert.ok(files[index]?.content.equals(content), `content of ${index}`);
  }
});

test('tar extracts what was packed: empty files, 1 MiB, binary content', async () => {
  const contents = [Buffer.alloc(0), Buffer.alloc(MEBIBYTE, 'ab'), Buffer.from([0, 255, 10, 13])];
  const archive = packArchive(contents.map((content, index) => file(`file-${index}`, content)));
  contents.forEach((content, index) => {
    const options = { input: archive, maxBuffer: 8 * MEBIBYTE };
    assert.ok(execFileSync('tar', ['--extract', '--to-stdout', `file-${index}`], options).equals(content));
  });
});

test('tar lists the same names, as plain files without a real owner', async () => {
  const lines = listWithTar(packArchive(LONG_NAMES.map((name) => file(name, 'x'))));
  assert.equal(lines.length, LONG_NAMES.length);
  lines.forEach((line, index) => {
    assert.match(line, /^-rw-r--r-- 0\/0 +1 1970-01-01 00:00:00 /);
    assert.ok(line.endsWith(` ${LONG_NAMES[index]}`), line);
  });
});

test('only files that start with #! are executable', async () => {
  const names = { script: '#!/bin/sh\n', hash: '#', bang: '!#', empty: '' };
  const lines = listWithTar(packArchive(Object.entries(names).map(([name, content]) => file(name, content))));
  assert.deepEqual(
    lines.map((line) => line.slice(0, 10)),
    ['-rwxr-xr-x', '-rw-r--r--', '-rw-r--r--', '-rw-r--r--'],
  );
});

test('a file can set whether it is executable', async () => {
  const files = [
    { ...file('binary', '\x7fELF'), executable: true },
    { ...file('text', '#!/bin/sh\n'), executable: false },
  ];
  const lines = listWithTar(packArchive(files));
  assert.deepEqual(
    lines.map((line) => line.slice(0, 10)),
    ['-rwxr-xr-x', '-rw-r--r--'],
  );
});

test('without files the archive is empty', async () => {
  assert.deepEqual(await unpackArchive(packArchive([])), []);
});

test('content that is a view into a larger buffer is packed correctly', async () => {
  const content = new TextEncoder().encode('before|content|after').subarray(7, 14);
  const [unpacked] = await unpackArchive(packArchive([{ path: path('a'), content }]));
  assert.equal(unpacked?.content.toString(), 'content');
});

test('an invalid archive is an error and does not hang', { timeout: 5000 }, async () => {
  await assert.rejects(unpackArchive(Buffer.alloc(2048, 'junk')));
  const whole = packArchive([file('a', Buffer.alloc(4096))]);
  await assert.rejects(unpackArchive(whole.subarray(0, 1024)));
});
