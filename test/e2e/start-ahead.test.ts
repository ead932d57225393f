// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, describe, suite, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { type RunAnswer, type RunBody, Service, waitingInterpreter } from './service.ts';
import { attackPrograms, corpusPrograms } from './start-ahead-corpus.ts';
import { javascriptPrograms } from './start-ahead-javascript.ts';
import { bodyOf, type Programs, PYTHON_PROGRAMS } from './start-ahead-python.ts';

/** A program that comes at once. A busy machine may take as long to start an interpreter. */
const RECENT_MS = 500;
/** The interpreter that waits may not be the one that was expected, because its container was replaced. */
const ATTEMPTS = 3;
/** How long after a run the next interpreter has come to its main file at the earliest. */
const START_MS = 25;
/** By then one usually waits. */
const SOON_MS = 3000;

/** What prints how many milliseconds ago the process was started, by the kernel. Hides what the service looks for. */
const JAVASCRIPT_AGE = `
import { readFileSync } from "node:fs";
const ticks = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[19];
console.log(readFileSync("/proc/up" + "time", "utf8").split(" ")[0] * 1000 - ticks * 10)
`;
const PYTHON_AGE = `
import time
ticks = int(open('/proc/self/stat').read().rsplit(')', 1)[1].split()[19])
print(int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) - ticks * 10)
`;

interface Subject {
  readonly programs: Programs;
  readonly age: string;
  /** Prints the CPU time that the process has used, in milliseconds. */
  readonly cpuTime: string;
}

const javascript = {
  age: JAVASCRIPT_AGE,
  cpuTime: 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)',
};
const SUBJECTS: Record<string, Subject> = {
  python: {
    programs: { ...PYTHON_PROGRAMS, ...corpusPrograms('py', ['right'], 8), ...attackPrograms() },
    age: PYTHON_AGE,
    cpuTime: 'import time; print(time.process_time() * 1000)',
  },
  node: {
    programs: { ...javascriptPrograms('node'), ...corpusPrograms('js', ['right', 'crashing'], 16) },
    ...javascript,
  },
  deno: { programs: { ...javascriptPrograms('deno'), ...corpusPrograms('js', ['right'], 8) }, ...javascript },
  bun: { programs: { ...javascriptPrograms('bun'), ...corpusPrograms('js', ['right'], 8) }, ...javascript },
};
const NAMES = Object.keys(SUBJECTS);

const start = (START: string, more = {}) =>
  Service.start({
    START,
    ISOLATION: 'cells',
    RUNTIMES: NAMES.join(),
    WARM_POOL: NAMES.map((name) => `${name}=1`).join(),
    ...more,
  });

/** Runs programs of one runtime, each in a sandbox in which an interpreter waits. */
class Ahead {
  readonly #service: Service;
  readonly #image: string;
  /** What the last run taught the service: whether the next one has a use for an interpreter, and whether with input. */
  #expected = 'none';
  /** Those that had been waiting before. One of another container may wait for long. */
  readonly #seen = new Set<string>();

  constructor(service: Service, image: string) {
    this.#service = service;
    this.#image = image;
  }

  /** Runs a program until the interpreter is used that waits for it, if it should be. Returns whether it was. */
  async run(body: RunBody, own: boolean): Promise<{ answer: RunAnswer; startedAhead: boolean }> {
    for (let attempt = 1; ; attempt += 1) {
      await this.untilWaiting(own ? undefined : body['stdin']);
      const answer = await this.#service.run({ image: this.#image, ...body });
      const startedAhead = (await this.#service.logLine(answer.run_id)).includes('"started_ahead":true');
      this.#expected = own || !startedAhead ? 'none' : kindOf(body['stdin']);
      if (startedAhead !== own || attempt === ATTEMPTS) return { answer, startedAhead };
    }
  }

  /** Waits for an interpreter for a program with this input. If the last one had no use for such an interpreter, another comes in between. */
  async untilWaiting(stdin: unknown): Promise<void> {
    if (this.#expected === kindOf(stdin) && (await this.#appears(SOON_MS))) return;
    await this.#service.run({ image: this.#image, code: '\n', ...(stdin ? { stdin } : {}) });
    this.#expected = kindOf(stdin);
    assert.ok(await this.#appears(30_000), 'no interpreter waits');
  }

  /** Whether one comes to its main file that was not waiting before. To look at once would only cost time. */
  async #appears(withinMs: number): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, START_MS));
    return eventually(() => this.#findFresh(), withinMs).catch(() => false);
  }

  async #findFresh(): Promise<true> {
    const waiting = await this.#service.waitingInterpreters(this.#image);
    const fresh = waiting.filter((pid) => !this.#seen.has(pid));
    for (const pid of fresh) this.#seen.add(pid);
    assert.ok(fresh.length > 0, 'none');
    return true;
  }
}

function kindOf(stdin: unknown): string {
  return stdin ? 'input' : 'no input';
}

/** Everything that a caller learns of the program. */
function shown(answer: RunAnswer) {
  const { status, exit_code, signal, stdout, stderr, stdout_truncated, stderr_truncated, metadata, error } = answer;
  const { output_files, output_files_omitted, isolation } = answer;
  const streams = { stdout, stderr, stdout_truncated, stderr_truncated };
  return { status, exit_code, signal, error, ...streams, metadata, output_files, output_files_omitted, isolation };
}

suite('programs in interpreters that were started ahead', { timeout: 300_000, concurrency: true }, () => {
  let ahead: Service;
  let plain: Service;
  before(async () => {
    [ahead, plain] = await Promise.all([start('ahead'), start('plain')]);
  });
  after(() => Promise.all([ahead.stop(), plain.stop()]));

  for (const [image, { programs, age, cpuTime }] of Object.entries(SUBJECTS)) {
    describe(image, { concurrency: 1 }, () => {
      let runs: Ahead;
      before(() => {
        runs = new Ahead(ahead, image);
      });

      test('there are enough programs', () => {
        assert.ok(Object.keys(programs).length >= 60);
      });

      for (const [what, program] of Object.entries(programs)) {
        const { body, own } = bodyOf(program);
        test(`${own ? 'its own start' : 'the same answer'}: ${what}`, async () => {
          const [first, second] = await Promise.all([plain.run({ image, ...body }), runs.run(body, own)]);
          assert.deepEqual(shown(second.answer), shown(first));
          assert.equal(second.startedAhead, !own, 'whether an interpreter was used that had been waiting');
        });
      }

      for (const [what, more] of Object.entries<{ stdin?: string }>({
        'without input': {},
        'with input': { stdin: 'text' },
      })) {
        test(`an interpreter that was there before its program came is used: ${what}`, async () => {
          await runs.untilWaiting(more.stdin);
          await new Promise((resolve) => setTimeout(resolve, RECENT_MS)); // The age is what is asserted.
          const answer = await ahead.run({ image, code: age, ...more });
          assert.ok(Number(answer.stdout) > RECENT_MS, `${answer.stdout} ms`);
          const own = await plain.run({ image, code: age, ...more });
          assert.ok(Number(own.stdout) < Number(answer.stdout), `${own.stdout} ms`);
        });
      }

      test('the start counts', async () => {
        const { usage, stdout } = (await runs.run({ code: cpuTime }, false)).answer;
        assert.ok(Number(usage.cpu_ms) > Number(stdout) * 0.8, `${usage.cpu_ms} ms, of which ${stdout} ms before`);
        assert.ok(Number(usage.memory_peak_bytes) > 1_000_000, `${usage.memory_peak_bytes}`);
      });

      test('the metrics count runs with interpreters that were waiting', async () => {
        const counted = () => ahead.metric(`code_runner_started_ahead_total{runtime="${image}"}`);
        const before = await counted();
        await runs.run({ code: '\n' }, false);
        assert.ok((await counted()) > before);
      });
    });
  }
});

test('without cells an interpreter waits as well', { timeout: 60_000 }, async () => {
  await using service = await start('ahead', { ISOLATION: 'containers', RUNTIMES: 'python', WARM_POOL: 'python=1' });
  await service.untilProcesses(waitingInterpreter('python'));
  const { stdout, isolation } = await service.run({ image: 'python', code: PYTHON_AGE });
  assert.equal(isolation, 'container');
  assert.match(stdout, /^\d+\n$/);
});

test('a variable turns it off', { timeout: 60_000 }, async () => {
  await using plain = await start('plain');
  await using ahead = await start('ahead');
  for (const service of [plain, ahead]) {
    for (const image of NAMES) await service.run({ image, code: '\n' });
  }
  // The interpreters of the service that ran its programs first would be there by then.
  for (const image of NAMES) await ahead.untilProcesses(waitingInterpreter(image));
  const processes = await plain.processes();
  assert.ok(processes.length > 0);
  for (const image of NAMES) {
    assert.ok(!processes.some((line) => waitingInterpreter(image).test(line)), processes.join('\n'));
  }
});
