// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type RunAnswer, type RunBody, Service, WAITING_INTERPRETER } from './service.ts';
import { PROGRAMS } from './start-ahead-programs.ts';

/** How many milliseconds ago the process was started, by the kernel. */
const AGE = `
import time
ticks = int(open('/proc/self/stat').read().rsplit(')', 1)[1].split()[19])
print(int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) - ticks * 10)
`;
/** A program that comes at once. A busy machine may take as long to start an interpreter. */
const RECENT_MS = 500;

const start = (START: string, more = {}) =>
  Service.start({ START, ISOLATION: 'cells', RUNTIMES: 'python', WARM_POOL: 'python=1', ...more });

/** Runs a program in a sandbox in which an interpreter waits. One that had no use for it may have been the last, so another comes in between. */
async function runAhead(service: Service, body: RunBody): Promise<RunAnswer> {
  await service.run({ image: 'python', code: 'print()' });
  await service.untilProcesses(WAITING_INTERPRETER);
  return service.run(body);
}

/** Everything that a caller learns of the program. */
function shown(answer: RunAnswer) {
  const { status, exit_code, signal, stdout, stderr, stdout_truncated, stderr_truncated, metadata } = answer;
  const { output_files, output_files_omitted, isolation } = answer;
  const streams = { stdout, stderr, stdout_truncated, stderr_truncated };
  return { status, exit_code, signal, ...streams, metadata, output_files, output_files_omitted, isolation };
}

suite('programs in interpreters that were started ahead', { timeout: 300_000 }, () => {
  let ahead: Service;
  let plain: Service;
  before(async () => {
    [ahead, plain] = await Promise.all([start('ahead'), start('plain')]);
  });
  after(() => Promise.all([ahead.stop(), plain.stop()]));

  for (const [what, body] of Object.entries(PROGRAMS)) {
    test(`the same answer: ${what}`, async () => {
      const [first, second] = await Promise.all([plain.run(body), runAhead(ahead, body)]);
      assert.deepEqual(shown(second), shown(first));
    });
  }

  test('an interpreter that was there before its program came is used', async () => {
    await runAhead(ahead, { image: 'python', code: AGE });
    await ahead.untilProcesses(WAITING_INTERPRETER);
    await new Promise((resolve) => setTimeout(resolve, RECENT_MS)); // The age is what is asserted.
    const { stdout } = await ahead.run({ image: 'python', code: AGE });
    assert.ok(Number(stdout) > RECENT_MS, `${stdout} ms`);
    assert.ok(Number((await plain.run({ image: 'python', code: AGE })).stdout) < Number(stdout), stdout);
  });

  test('runs with input get interpreters that expect input', async () => {
    const body = { image: 'python', code: `${AGE}print(input())`, stdin: 'text' };
    await ahead.run(body);
    await ahead.untilProcesses(WAITING_INTERPRETER);
    await new Promise((resolve) => setTimeout(resolve, RECENT_MS)); // The age is what is asserted.
    const [age, text] = (await ahead.run(body)).stdout.split('\n');
    assert.ok(Number(age) > RECENT_MS, `${age} ms`);
    assert.equal(text, 'text');
  });

  test('the start counts', async () => {
    const { usage } = await runAhead(ahead, { image: 'python', code: 'pass' });
    const own = await runAhead(ahead, { image: 'python', code: 'import time; print(time.process_time() * 1000)' });
    assert.ok(Number(usage.cpu_ms) > Number(own.stdout) / 2, `${usage.cpu_ms} ms, of which ${own.stdout} ms before`);
    assert.ok(Number(usage.memory_peak_bytes) > 1_000_000, `${usage.memory_peak_bytes}`);
  });
});

test('without cells an interpreter waits as well', { timeout: 60_000 }, async () => {
  await using service = await start('ahead', { ISOLATION: 'containers' });
  await service.untilProcesses(WAITING_INTERPRETER);
  const { stdout, isolation } = await service.run({ image: 'python', code: AGE });
  assert.equal(isolation, 'container');
  assert.match(stdout, /^\d+\n$/);
});

test('a variable turns it off', { timeout: 60_000 }, async () => {
  await using plain = await start('plain');
  await using ahead = await start('ahead');
  for (const service of [plain, ahead]) await service.run({ image: 'python', code: 'print()' });
  // The interpreter of the service that ran its program first would be there by then.
  await ahead.untilProcesses(WAITING_INTERPRETER);
  const processes = await plain.processes();
  assert.ok(processes.length > 0);
  assert.ok(!processes.some((line) => WAITING_INTERPRETER.test(line)), processes.join('\n'));
});
