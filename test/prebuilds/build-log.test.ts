import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { BuildLog } from '../../src/prebuilds/build-log.ts';
import { seededRandom } from '../fixtures.ts';

const NEVER = new AbortController().signal;

async function readAll(log: BuildLog, signal = NEVER): Promise<string[]> {
  const texts: string[] = [];
  for await (const text of log.read(signal)) texts.push(text);
  return texts;
}

test('readers get what was written before and what follows, in whole characters', async () => {
  const log = new BuildLog();
  log.write(Buffer.from('a'));
  const early = readAll(log);
  for (const byte of [0xc3, 0xa4]) {
    await tick();
    log.write(Buffer.from([byte]));
  }
  await tick();
  log.write(Buffer.from('b'));
  log.end();
  assert.deepEqual(await early, ['a', 'ä', 'b']);
  assert.equal((await readAll(log)).join(''), 'aäb');
});

test('a slow reader misses nothing and delays nobody', async () => {
  const log = new BuildLog();
  const slow = log.read(NEVER);
  const quick = readAll(log);
  const written: string[] = [];
  const random = seededRandom(1);
  const heard: string[] = [];
  for (let line = 0; line < 5000; line += 1) {
    const text = `${line} ${'x'.repeat(random() * 200)}\n`;
    written.push(text);
    log.write(Buffer.from(text));
    if (line % 100 === 0) heard.push((await slow.next()).value ?? '');
  }
  log.end();
  for await (const text of slow) heard.push(text);
  assert.ok(heard.join('') === written.join(''));
  assert.ok((await quick).join('') === written.join(''));
});

test('a reader that stops or is aborted reads no more', async () => {
  const log = new BuildLog();
  const leaving = new AbortController();
  const reading = readAll(log, leaving.signal);
  log.write(Buffer.from('heard'));
  await tick();
  leaving.abort();
  log.write(Buffer.from('not heard'));
  assert.deepEqual(await reading, ['heard']);
});

test('a log reports when it has ended and has no readers', async () => {
  const unused: BuildLog[] = [];
  const log = new BuildLog((each) => unused.push(each));
  const reading = log.read(NEVER);
  log.write(Buffer.from('x'));
  await reading.next();
  log.end();
  assert.deepEqual(unused, []);
  assert.equal((await reading.next()).done, true);
  assert.deepEqual(unused, [log]);
});

test('a reader of a discarded log fails, whether it waits or comes later', async () => {
  const log = new BuildLog();
  log.write(Buffer.alloc(1024 ** 2, 'x'));
  const slow = log.read(NEVER);
  await slow.next();
  log.end();
  log.discard();
  assert.equal(log.bytes, 0);
  await assert.rejects(slow.next(), { code: 'over_capacity' });
  await assert.rejects(readAll(log), { code: 'over_capacity' });
});

test('a reader holds a small piece at a time', async () => {
  const log = new BuildLog();
  log.write(Buffer.alloc(1024 ** 2, 'x'));
  log.end();
  const texts = await readAll(log);
  assert.equal(texts.join('').length, 1024 ** 2);
  assert.ok(texts.every((text) => text.length <= 16 * 1024));
});

test('single bytes take no extra memory', () => {
  const log = new BuildLog();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 1024 ** 2; count += 1) log.write(Buffer.from('x'));
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.equal(log.bytes, 1024 ** 2);
  assert.ok(grown < 4 * 1024 ** 2, `grown by ${grown} bytes`);
});

test('the tail consists of whole lines', () => {
  const log = new BuildLog();
  for (let i = 0; i < 10_000; i += 1) log.write(Buffer.from(`line ${i}\n`));
  assert.equal(log.tail(25), 'line 9998\nline 9999');
  const short = new BuildLog();
  short.write(Buffer.from('only\n'));
  assert.equal(short.tail(25), 'only');
});
