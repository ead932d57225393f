// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type RunAnswer, type RunBody, Service } from './service.ts';
import { bodyOf, PYTHON_PROGRAMS } from './start-ahead-python.ts';

const start = (START: string, more = {}) =>
  Service.start({ START, ISOLATION: 'cells', RUNTIMES: 'python', WARM_POOL: 'python=1', ...more });

/** The one thing that a program finds in a fork of the fork server and nowhere else. */
const LIBRARY = /, '[^']*\/_fork_server\.abi3\.so'/;
const IS_FORKED: RunBody = { image: 'python', code: 'print("_fork_server" in open("/proc/self/maps").read())' };

/** Everything that a caller learns of the program. */
function shown(answer: RunAnswer) {
  const { status, exit_code, signal, stderr, stdout_truncated, stderr_truncated, metadata } = answer;
  const { output_files, output_files_omitted, isolation } = answer;
  const streams = { stdout: answer.stdout.replace(LIBRARY, ''), stderr, stdout_truncated, stderr_truncated };
  return { status, exit_code, signal, ...streams, metadata, output_files, output_files_omitted, isolation };
}

const isForked = async (service: Service, more: Partial<RunBody> = {}): Promise<string> =>
  (await service.run({ ...IS_FORKED, ...more })).stdout;

suite('programs that are forked from a fork server', { timeout: 300_000 }, () => {
  let fork: Service;
  let plain: Service;
  before(async () => {
    [fork, plain] = await Promise.all([start('fork'), start('plain')]);
  });
  after(() => Promise.all([fork.stop(), plain.stop()]));

  for (const [what, program] of Object.entries(PYTHON_PROGRAMS)) {
    const body = { image: 'python', ...bodyOf(program).body };
    test(`the same answer: ${what}`, async () => {
      const [first, second] = await Promise.all([plain.run(body), fork.run(body)]);
      assert.deepEqual(shown(second), shown(first));
    });
  }

  test('every run with the usual command is forked, with input and without', async () => {
    for (const more of [{}, { stdin: 'text' }, {}]) assert.equal(await isForked(fork, more), 'True\n');
    assert.equal(await isForked(plain), 'False\n');
  });

  for (const [what, more] of Object.entries<Partial<RunBody>>({
    'a variable': { environment: { A: '1' } },
    arguments: { args: ['a'] },
    'an entrypoint': { entrypoint: 'python3 main.py' },
    'a container of its own': { isolation: 'container' },
  })) {
    test(`a run with ${what} has an interpreter of its own`, async () => {
      assert.equal(await isForked(fork, more), 'False\n');
    });
  }

  test('runs of one container have the same hash seed, and only they', async () => {
    const runs = 6;
    const seeds = async (service: Service) => {
      const seen = new Set<string>();
      for (let i = 0; i < runs; i++)
        seen.add((await service.run({ image: 'python', code: 'print(hash("a"))' })).stdout);
      return seen;
    };
    assert.ok((await seeds(fork)).size < runs);
    assert.equal((await seeds(plain)).size, runs);
  });

  test('random numbers differ', async () => {
    const body = {
      image: 'python',
      code: 'import random, uuid, os; print(random.random(), uuid.uuid4(), os.urandom(4))',
    };
    assert.notEqual((await fork.run(body)).stdout, (await fork.run(body)).stdout);
  });

  test('only what the run itself uses counts', async () => {
    const body = { image: 'python', code: 'import time\nwhile time.process_time() < 0.3: pass' };
    const { usage } = await fork.run(body);
    assert.ok(Number(usage.cpu_ms) >= 290 && Number(usage.cpu_ms) < 500, `${usage.cpu_ms} ms`);
  });
});
