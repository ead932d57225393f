import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deferred } from '../../src/core/deferred.ts';
import type { RunEvent } from '../../src/core/run-events.ts';
import { PhaseFeed } from '../../src/runs/phase-feed.ts';
import { execution } from '../fixtures.ts';

/** A feed whose reader is busy with output until `free` is called; `busy: false`: never. */
function followed({ holdsUp = true, busy = false } = {}) {
  const seen: string[] = [];
  let reader = new Deferred();
  let isBusy = busy;
  const publish = (event: RunEvent) => {
    seen.push(event.kind === 'output' ? `${event.stream} ${event.bytes}` : event.kind);
    return event.kind === 'output' && isBusy ? reader.promise : undefined;
  };
  const free = async () => {
    isBusy = false;
    reader.resolve();
    reader = new Deferred();
    await Promise.resolve();
  };
  const place = { phase: 'run', test: 3 } as const;
  const feed = new PhaseFeed({ place, sandbox: 'warm', events: { mayHoldMs: 0, publish }, holdsUp });
  const print = (text: string, stream: 'stdout' | 'stderr' = 'stdout') => feed.output(stream, Buffer.from(text));
  return { feed, seen, print, free };
}

test('start, output and the cut are published as they come, and nothing is left for the end', async () => {
  const { feed, seen, print } = followed();
  assert.equal(feed.startedAt, undefined);
  feed.start();
  void print('a');
  void print('b', 'stderr');
  feed.truncate('stdout');
  const before = seen.length;
  await feed.finish(execution({ stdout: 'a', stderr: 'b', truncated: false }));
  assert.deepEqual(seen, ['started', 'stdout a', 'stderr b', 'truncated']);
  assert.equal(before, seen.length);
  assert.ok(feed.startedAt !== undefined && feed.startedAt <= performance.now());
});

test('every event says where it is from', async () => {
  const events: RunEvent[] = [];
  const place = { phase: 'run', test: 3 } as const;
  const publish = (event: RunEvent) => void events.push(event);
  const feed = new PhaseFeed({ place, sandbox: 'warm', events: { mayHoldMs: 0, publish }, holdsUp: true });
  feed.start();
  void feed.output('stdout', Buffer.from('a'));
  feed.truncate('stderr');
  const [started, output, cut] = events;
  assert.deepEqual(started, { kind: 'started', sandbox: 'warm', ...place });
  assert.deepEqual(cut, { kind: 'truncated', stream: 'stderr', ...place });
  assert.ok(output?.kind === 'output' && output.atMs >= 0 && output.atMs < 1000);
  assert.deepEqual(
    { ...output, atMs: 0 },
    { kind: 'output', stream: 'stdout', bytes: Buffer.from('a'), atMs: 0, ...place },
  );
});

test('a slow reader holds up a program that nobody else waits for', () => {
  const { feed, print } = followed({ busy: true });
  feed.start();
  assert.ok(print('a') instanceof Promise);
});

test('a slow reader does not hold up others; it gets what it has missed at the end, in order', async () => {
  const { feed, seen, print, free } = followed({ busy: true, holdsUp: false });
  feed.start();
  assert.equal(print('a'), undefined);
  assert.equal(print('b'), undefined);
  feed.truncate('stdout');
  await free();
  assert.equal(print('c'), undefined, 'later output would overtake what was missed');
  assert.equal(print('1', 'stderr'), undefined);
  assert.deepEqual(seen, ['started', 'stdout a', 'stderr 1'], 'the other stream has missed nothing');
  await feed.finish({
    ...execution({ stdout: 'abc', truncated: true }),
    stderr: { bytes: Buffer.from('1'), truncated: false },
  });
  assert.deepEqual(seen, ['started', 'stdout a', 'stderr 1', 'stdout bc', 'truncated']);
});

test('what comes from a cache is published as if it had just happened', async () => {
  const { feed, seen } = followed({ holdsUp: false });
  await feed.finish(execution({ stderr: 'warning' }));
  assert.deepEqual(seen, ['started', 'stderr warning']);
});

test('a phase that begins again is published from its beginning', async () => {
  const { feed, seen, print, free } = followed({ busy: true, holdsUp: false });
  feed.start();
  void print('a');
  void print('b');
  await free();
  feed.start();
  void print('x');
  await feed.finish(execution({ stdout: 'xy', truncated: true }));
  assert.deepEqual(seen, ['started', 'stdout a', 'started', 'stdout x', 'stdout y', 'truncated', 'truncated']);
});

test('much that was missed is published in pieces, at the pace of the reader', { timeout: 5000 }, async () => {
  const { feed, seen, free } = followed({ busy: true, holdsUp: false });
  const finished = feed.finish(execution({ stdout: 'x'.repeat(100_000) }));
  await Promise.resolve();
  assert.equal(seen.length, 2);
  await free();
  await finished;
  assert.deepEqual(
    seen.map(({ length }) => length),
    ['started'.length, 'stdout '.length + 65_536, 'stdout '.length + 100_000 - 65_536],
  );
});
