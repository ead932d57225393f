import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import type { OutputStream } from '../../src/core/command.ts';
import type { RunEvent } from '../../src/core/run-events.ts';
import { RunEventQueue } from '../../src/runs/run-event-queue.ts';

const KIBIBYTE = 1024;
const QUEUED: RunEvent = { kind: 'queued', position: 1 };

function output(content: string | Buffer, stream: OutputStream = 'stdout', atMs = 0): RunEvent {
  return { kind: 'output', phase: 'run', test: undefined, stream, bytes: Buffer.from(content), atMs };
}

/** A queue, and the events that its reader has taken as it was ready for them. */
function reading() {
  const queue = new RunEventQueue(1000);
  const seen: RunEvent[] = [];
  const read = (async () => {
    for await (const event of queue.read()) seen.push(event);
  })();
  return { queue, seen, read, texts: () => seen.map(shortOf) };
}

function shortOf(event: RunEvent): string {
  return event.kind === 'output' ? `${event.stream} ${event.bytes}` : event.kind;
}

async function readAll(queue: RunEventQueue): Promise<RunEvent[]> {
  queue.end();
  const events: RunEvent[] = [];
  for await (const event of queue.read()) events.push(event);
  return events;
}

test('output reaches a reader who waits at once; what follows is gathered for 20 ms', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { queue, texts } = reading();
  await tick();
  void queue.publish(output('a'));
  await tick();
  assert.deepEqual(texts(), ['stdout a']);
  for (const text of ['b', 'c']) {
    void queue.publish(output(text));
    await tick();
  }
  t.mock.timers.tick(19);
  await tick();
  assert.deepEqual(texts(), ['stdout a']);
  t.mock.timers.tick(1);
  await tick();
  assert.deepEqual(texts(), ['stdout a', 'stdout bc']);
  t.mock.timers.tick(20);
  await tick();
  void queue.publish(output('d'));
  await tick();
  assert.deepEqual(texts().at(-1), 'stdout d', 'after a pause nothing is held back');
  queue.end();
});

test('what is not output, a full chunk and the end do not wait for more output', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { queue, texts, read } = reading();
  await tick();
  const print = async (text: string, stream: OutputStream = 'stdout') => {
    void queue.publish(output(text, stream));
    await tick();
  };
  await print('a');
  await print('b');
  void queue.publish({ kind: 'truncated', phase: 'run', test: undefined, stream: 'stdout' });
  await tick();
  assert.deepEqual(texts().splice(0), ['stdout a', 'stdout b', 'truncated']);
  await print('c');
  await print('x'.repeat(70 * KIBIBYTE));
  assert.equal(texts()[4]?.length, 'stdout '.length + 64 * KIBIBYTE - 3);
  await print('e', 'stderr');
  assert.equal(texts().length, 5);
  queue.end();
  await read;
  assert.deepEqual([texts().length, texts().at(-1)], [7, 'stderr e']);
});

test('output never overtakes what was published before it, and a chunk has the time of its first byte', async () => {
  const queue = new RunEventQueue(1000);
  const sent = [output('1', 'stdout', 5), output('2', 'stderr', 6), output('3', 'stdout', 7), QUEUED];
  for (const event of [...sent, output('4', 'stdout', 8)]) void queue.publish(event);
  const events = await readAll(queue);
  assert.deepEqual(events.map(shortOf), ['stdout 13', 'stderr 2', 'queued', 'stdout 4']);
  assert.deepEqual(
    events.map((event) => (event.kind === 'output' ? event.atMs : 0)),
    [5, 6, 0, 8],
  );
});

test('chunks are at most 64 KiB less the beginning of a character, and nothing is lost', async () => {
  const queue = new RunEventQueue(1000);
  const bytes = Buffer.from(Array.from({ length: 300 * KIBIBYTE }, (_, index) => index % 251));
  void queue.publish(output(bytes));
  const events = await readAll(queue);
  const chunks = events.flatMap((event) => (event.kind === 'output' ? [event.bytes] : []));
  assert.ok(chunks.every(({ length }) => length <= 64 * KIBIBYTE - 3));
  assert.ok(chunks.length <= 5);
  assert.ok(Buffer.concat(chunks).equals(bytes));
});

test('a program is held up while 64 KiB wait, and goes on when the reader has taken some', async () => {
  const queue = new RunEventQueue(1000);
  assert.equal(queue.publish(output('x'.repeat(64 * KIBIBYTE - 1))), undefined);
  let isHeld = true;
  const held = queue.publish(output('yz'));
  assert.ok(held);
  void held.then(() => {
    isHeld = false;
  });
  await tick();
  assert.ok(isHeld);
  assert.equal(queue.publish(QUEUED), undefined, 'only output is held up');
  await queue.read().next();
  await tick();
  assert.ok(!isHeld);
});

test('when the reader has left, nothing is kept and nothing is held up', async () => {
  const queue = new RunEventQueue(1000);
  const held = queue.publish(output('x'.repeat(100 * KIBIBYTE)));
  const reader = queue.read();
  queue.discard();
  await held;
  assert.equal(queue.publish(output('x'.repeat(100 * KIBIBYTE))), undefined);
  assert.equal((await reader.next()).done, true);
});

test('a reader who waits is woken by the end and by leaving', { timeout: 5000 }, async () => {
  for (const end of ['end', 'discard'] as const) {
    const { queue, read, seen } = reading();
    await tick();
    queue[end]();
    await read;
    assert.deepEqual(seen, []);
  }
});

test('output is copied: neither a later change nor a large buffer behind a small piece matters', async () => {
  const queue = new RunEventQueue(1000);
  const large = Buffer.alloc(1024 * KIBIBYTE, 'x');
  void queue.publish({
    kind: 'output',
    phase: 'run',
    test: undefined,
    stream: 'stdout',
    bytes: large.subarray(0, 1),
    atMs: 0,
  });
  large.fill('y');
  const [event] = await readAll(queue);
  assert.ok(event?.kind === 'output' && event.bytes.toString() === 'x');
  assert.ok(event.bytes.buffer.byteLength < 64 * KIBIBYTE);
});

test('it begins with the first event', async () => {
  const queue = new RunEventQueue(1000);
  const begun = mock.fn();
  void queue.begun.then(begun);
  await tick();
  assert.equal(begun.mock.callCount(), 0);
  void queue.publish(QUEUED);
  await tick();
  assert.equal(begun.mock.callCount(), 1);
});
