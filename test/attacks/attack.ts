import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { forgetPeak, memoryKib } from '../e2e/process-memory.ts';
import { type RunAnswer, type RunBody, Service } from '../e2e/service.ts';
import { eventually } from '../eventually.ts';

/** The runtime under attack and its folder. Both can be set by variables while working on the images. */
export const RUNTIME = process.env['ATTACK_RUNTIME'] ?? 'python';
const RUNTIME_DIR = process.env['RUNTIME_DIR'];
const PROGRAMS = new URL('programs/', import.meta.url);
const HELPER = { 'attempt.py': program('attempt.py') };

/** Added to the time limit: what a shared machine may need to create a sandbox and respond. */
const ANSWER_SLACK_MS = 4000;
const NEIGHBOUR_WITHIN_MS = 5000;
const GONE_WITHIN_MS = 10_000;
const MOST_EXTRA_DESCRIPTORS = 8;
const MOST_EXTRA_MEMORY_KIB = 400 * 1024;
/** Command lines of an attack, and of a process that shows that `hoard_of_uid.py` has taken all it can. */
export const PROGRAM = /\bmain\.py\b/;
export const HOARDED = /\bhas-hoarded\b/;
/** What `neighbour.py` prints for the input `neighbour`. */
const NEIGHBOUR_ANSWER = '3e27c01a36977efeac066a83abe1b6a7fa7ff0c1fd4c9927f8f38e0fcb5caeab True\n';

/** The source of a hostile program. */
export function program(name: string): string {
  return readFileSync(new URL(name, PROGRAMS), 'utf8');
}

interface Witness {
  readonly residentKib: number;
  readonly descriptors: number;
}

/** A service under attack. It can run a neighbour program and check what an attack did to others. */
export class Target {
  readonly service: Service;
  readonly #calm: Witness;

  private constructor(service: Service) {
    this.service = service;
    this.#calm = witness(service);
  }

  static async start(environment: Record<string, string> = {}): Promise<Target> {
    const folder = RUNTIME_DIR === undefined ? {} : { RUNTIME_DIR };
    const service = await Service.start({ RUNTIMES: RUNTIME, ...folder, ...environment });
    try {
      await neighbour(service);
      await eventually(async () => assert.equal(await service.containers(), 0), GONE_WITHIN_MS);
      return new Target(service);
    } catch (error) {
      await service.stop('SIGKILL');
      throw error;
    }
  }

  /** Runs a program and then checks that nothing else was affected. */
  async attack(name: string, body: RunBody = {}): Promise<RunAnswer> {
    const { answer } = await this.answerTo(name, body);
    await this.assertUntouched();
    return answer;
  }

  /** Runs a program only. Returns the response and how long it took, which must be within bounds. */
  async answerTo(name: string, body: RunBody = {}): Promise<{ answer: RunAnswer; elapsedMs: number }> {
    const startedAt = performance.now();
    const answer = await this.service.run(attackBody(name, body));
    const elapsedMs = performance.now() - startedAt;
    const limitMs = Number(attackBody(name, body)['timeout']) * 1000;
    assert.ok(elapsedMs < limitMs + ANSWER_SLACK_MS, `answered after ${elapsedMs} ms`);
    return { answer, elapsedMs };
  }

  /** Checks that a neighbour gets the right result soon, that no container is left, and that the service uses no more memory than before. */
  async assertUntouched(): Promise<void> {
    await neighbour(this.service);
    await eventually(async () => assert.equal(await this.service.containers(), 0, 'containers left'), GONE_WITHIN_MS);
    await eventually(async () => {
      const now = witness(this.service);
      const extra = now.descriptors - this.#calm.descriptors;
      assert.ok(extra <= MOST_EXTRA_DESCRIPTORS, `the service has ${extra} descriptors more than before`);
      const grown = now.residentKib - this.#calm.residentKib;
      assert.ok(grown < MOST_EXTRA_MEMORY_KIB, `the service has grown by ${grown} KiB`);
    }, GONE_WITHIN_MS);
  }

  /** The peak memory of the service in KiB since the last call with `anew`. */
  peakMemoryKib({ anew = false } = {}): number {
    const { pid } = this.service.process;
    if (anew) forgetPeak(pid);
    return memoryKib(pid, 'VmHWM');
  }

  /** Stops the service, which must exit with 0. */
  async stop(): Promise<void> {
    assert.equal(await this.service.stop(), 0);
  }
}

/** A run that is in progress until it is cancelled. */
export interface OngoingRun {
  /** Cancels the run by disconnecting. Fails if it has already ended by itself. */
  cancel(): Promise<void>;
}

/** Sends a program that runs longer than the test, and waits until this many of its processes are in the sandbox. */
export async function startOngoingRun(
  service: Service,
  body: RunBody,
  [processes, count]: readonly [commandLine: RegExp, count: number],
): Promise<OngoingRun> {
  const client = new AbortController();
  const answer = service.post({ ...body, timeout: 30 }, { signal: client.signal });
  const cancelled = assert.rejects(answer, { name: 'AbortError' }, 'it ended by itself');
  const cancel = () => {
    client.abort();
    return cancelled;
  };
  try {
    await service.untilProcesses(processes, count);
    return { cancel };
  } catch (error) {
    await cancel().catch(() => undefined);
    throw error;
  }
}

/** A request for a program, with limits that are small enough for a test. */
export function attackBody(name: string, body: RunBody = {}): RunBody {
  const { files, ...rest } = body;
  const needsHelper = program(name).includes('from attempt import');
  return {
    image: RUNTIME,
    code: program(name),
    files: { ...(needsHelper ? HELPER : {}), ...(typeof files === 'object' ? files : {}) },
    timeout: 10,
    ...rest,
  };
}

/** A normal run on the same service. It must give the right result within a generous time. */
export async function neighbour(service: Service): Promise<number> {
  const startedAt = performance.now();
  const answer = await service.run(attackBody('neighbour.py', { stdin: 'neighbour' }));
  const elapsedMs = performance.now() - startedAt;
  assert.deepEqual([answer.status, answer.exit_code, answer.stderr], ['completed', 0, '']);
  assert.equal(answer.stdout, NEIGHBOUR_ANSWER);
  assert.ok(elapsedMs < NEIGHBOUR_WITHIN_MS, `the neighbour took ${elapsedMs} ms`);
  return elapsedMs;
}

function witness(service: Service): Witness {
  const { pid } = service.process;
  return { residentKib: memoryKib(pid, 'VmRSS'), descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/** How every attempt of a program ended. The program prints this as its last line. */
export function outcomes(stdout: string): Record<string, string> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, string>;
}

/** Checks that a protection refused every attempt, and that no attempt failed because it was malformed. */
export function assertAllRefused(attempts: Record<string, string>, reasons: readonly string[], least: number): void {
  const names = Object.keys(attempts);
  assert.ok(names.length >= least, `only ${names.length} attempts were made`);
  const others = Object.entries(attempts).filter(([, outcome]) => !reasons.includes(outcome));
  assert.deepEqual(Object.fromEntries(others), {});
}
