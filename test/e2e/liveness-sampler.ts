import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { createInterface } from 'node:readline';

/** Requests /livez repeatedly and, at the end of its input, prints the longest response time in milliseconds. */
function sample(url: string): void {
  let longestMs = 0;
  let isOver = false;
  let hasBegun = false;
  const ask = () => {
    const askedAt = performance.now();
    const again = () => {
      longestMs = Math.max(longestMs, performance.now() - askedAt);
      if (!hasBegun) process.stdout.write('begun\n');
      hasBegun = true;
      if (isOver) process.stdout.write(`${longestMs}\n`, () => process.exit(0));
      else setTimeout(ask, 5);
    };
    request(`${url}/livez`, (response) => response.resume().once('end', again)).end();
  };
  ask();
  process.stdin.resume().once('end', () => {
    isOver = true;
  });
}

/** The longest response time of the service at `url` while `work` was running, measured by another process. */
export async function longestSilenceMs(url: string, work: () => Promise<unknown>): Promise<number> {
  const sampler = spawn(process.execPath, ['--import', 'tsx', import.meta.filename, url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: sampler.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'begun');
  try {
    await work();
  } finally {
    sampler.stdin.end();
  }
  return Number((await lines.next()).value);
}

const [, script, url] = process.argv;
if (script === import.meta.filename && url !== undefined) sample(url);
