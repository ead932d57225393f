import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CELLS, nextCell } from './cells-build.ts';
import { type Sandbox, withSandbox } from './harness.ts';

const ROUNDS = 60;
/** A multiple of what was measured (1.1 ms), as the engine's pipes and this machine's other work are in it. */
const MOST_TO_READY_MS = 15;
/** The cell, the engine's pipes and the start of the interpreter, over the start alone. */
const MOST_OVER_BARE = 2;

const HELLO = ['/usr/bin/python3', '-c', 'print(1)'];
/** The same start, from a process in the sandbox, so that nothing of ours is in it. */
const BARE = `
import subprocess, time
times = []
for _ in range(${ROUNDS}):
  begin = time.monotonic(); subprocess.run(${JSON.stringify(HELLO)}, stdout=subprocess.DEVNULL); times.append(time.monotonic() - begin)
print(sorted(times)[len(times) // 2] * 1000)`;

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Medians, in milliseconds, of a run and of the time from `exit` to the next `ready`. */
async function measure(sandbox: Sandbox, command: readonly string[]): Promise<{ run: number; ready: number }> {
  const runs: number[] = [];
  const ready: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    runs.push(await timed(() => sandbox.exec(command)));
    ready.push(await nextCell(sandbox));
  }
  return { run: median(runs), ready: median(ready) };
}

test('the next cell is ready within milliseconds, and costs a run little', { timeout: 60_000 }, async (t) => {
  await withSandbox({ build: CELLS, cells: ['count=1000'] }, async (sandbox) => {
    const nothing = await measure(sandbox, ['/bin/true']);
    const hello = await measure(sandbox, HELLO);
    const bare = Number((await sandbox.python(BARE, { wallMs: 30_000 }, 40_000)).stdout.toString());
    const rate = 1000 / (nothing.run + nothing.ready);
    t.diagnostic(`true: ${rate.toFixed(0)} cells a second; exit to ready: ${nothing.ready.toFixed(2)} ms`);
    t.diagnostic(`python: ${hello.run.toFixed(1)} ms in a cell, ${bare.toFixed(1)} ms bare`);
    assert.ok(Math.max(nothing.ready, hello.ready) < MOST_TO_READY_MS, `${nothing.ready} ${hello.ready}`);
    assert.ok(hello.run < MOST_OVER_BARE * bare, `${hello.run} ${bare}`);
  });
});
