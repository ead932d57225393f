import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { eventually } from '../eventually.ts';

/** A body of `POST /run`. */
export type RunBody = Record<string, unknown>;

/** What a failed program reported. */
export interface ProgramErrorAnswer {
  readonly type: string;
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly traceback: string | null;
}

/** The response of `POST /run`. */
export interface RunAnswer {
  readonly run_id: string;
  readonly status: string;
  readonly exit_code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdout_truncated: boolean;
  readonly stderr_truncated: boolean;
  readonly invalid_utf8: boolean;
  readonly execution_time: number;
  readonly error: ProgramErrorAnswer | null;
  readonly usage: { wall_ms: number; cpu_ms: number | null; memory_peak_bytes: number | null };
  readonly compile: null | {
    status: string;
    exit_code: number;
    stdout: string;
    stderr: string;
    usage: RunAnswer['usage'];
    cached: boolean;
  };
  readonly metadata: unknown;
  readonly output_files: Record<string, { content: string; encoding: string; size: number }>;
  readonly output_files_omitted: { path: string; reason: string }[];
  readonly timings: Record<string, number>;
  readonly sandbox: string;
  readonly isolation: string;
}

/** The result of one test of a judged run. */
export interface TestAnswer {
  readonly name: string | null;
  readonly verdict: string;
  readonly message: string | null;
  readonly status: string | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdout_truncated: boolean;
  readonly stderr_truncated: boolean;
  readonly invalid_utf8: boolean;
  readonly error: ProgramErrorAnswer | null;
  readonly usage: RunAnswer['usage'] | null;
}

/** The response of a run with `tests`. */
export interface JudgedAnswer extends RunAnswer {
  readonly verdict: string;
  readonly tests: readonly TestAnswer[];
}

export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
}

export const DOCKER_SOCKET = process.env['DOCKER_SOCKET'] ?? '/var/run/docker.sock';

/** The compiled service from `npm test`. A test file that is run by itself uses the sources. */
const COMPILED = process.env['COMPILED_SERVICE'];
const PROGRAM = COMPILED === undefined ? ['--import', 'tsx', 'src/main.ts'] : [COMPILED];

/** Tests that say nothing of isolation can be run with either. With cells a container is kept, so that runs follow one another in it. */
export const IN_CELLS = process.env['TEST_ISOLATION'] === 'cells';
const ISOLATION: Record<string, string> = IN_CELLS
  ? { ISOLATION: 'cells', WARM_POOL: 'python=1' }
  : { ISOLATION: 'containers', WARM_POOL: '0' };

/** The commands that are started ahead. */
const STARTED_AHEAD: Record<string, string> = {
  python: '/usr/bin/python3 main.py',
  node: '/usr/local/bin/node main.js',
  deno: '/usr/local/bin/deno run -A main.ts',
  bun: '/usr/local/bin/bun main.ts',
};
/** A line of the engine's list of processes: a sandbox-init. */
const SANDBOX_INIT = /^\s*\d+\s+\S+\s+\/sandbox-init cells /;

/** A real service process on a free loopback port, with the real engine. */
export class Service {
  readonly url: string;
  readonly instanceId: string;
  readonly process: ChildProcess;
  readonly #log: string[];

  private constructor(process: ChildProcess, log: string[], url: string, instanceId: string) {
    this.process = process;
    this.#log = log;
    this.url = url;
    this.instanceId = instanceId;
  }

  /** Starts the service with this environment and, by default, no warm sandboxes. Waits until it listens; with `ready`, until a run would succeed. */
  static async start(environment: Record<string, string> = {}, { ready = true } = {}): Promise<Service> {
    const cache = mkdtempSync(join(tmpdir(), 'code-runner-test-'));
    const child = spawn(process.execPath, PROGRAM, {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOST: '127.0.0.1',
        PORT: '0',
        ...ISOLATION,
        COMPILE_CACHE_DIR: join(cache, 'compiled'),
        DOCKER_SOCKET,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.once('exit', () => rmSync(cache, { recursive: true, force: true }));
    const log: string[] = [];
    const listening = new Promise<{ port: number; instance: string }>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${log.join('\n')}`)));
      createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.push(line);
        if (line.includes('"listening"')) resolve(JSON.parse(line));
      });
    });
    const { port, instance } = await listening;
    const service = new Service(child, log, `http://127.0.0.1:${port}`, instance);
    if (ready) await service.whenReady();
    return service;
  }

  /** Every line that the service has written. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** The log line of a run, which is written after the response. */
  logLine(runId: string): Promise<string> {
    return eventually(async () => {
      const line = this.#log.find((text) => text.includes(runId));
      if (line === undefined) throw new Error(`no log line for ${runId}`);
      return line;
    }, 2000);
  }

  async whenReady(): Promise<void> {
    await eventually(async () => {
      const { status, body } = await this.get('/readyz');
      if (status !== 200) throw new Error(`not ready: ${JSON.stringify(body)}`);
    }, 60_000);
  }

  /** The value of a metric; 0 if it does not exist yet. */
  async metric(name: string): Promise<number> {
    const { body } = await this.get('/metrics');
    const line = String(body)
      .split('\n')
      .find((text) => text.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }

  async get(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown; headers: Headers }> {
    const response = await fetch(this.url + path, { headers });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  }

  /** Sends any body to `POST /run`. */
  post(body: RunBody, init: { signal?: AbortSignal; headers?: Record<string, string> } = {}): Promise<Response> {
    return fetch(`${this.url}/run`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...init.headers },
      ...(init.signal ? { signal: init.signal } : {}),
    });
  }

  /** Sends a run that must be answered with 200. */
  async run(body: RunBody): Promise<RunAnswer> {
    const response = await this.post(body);
    const answer = (await response.json()) as RunAnswer & Problem;
    if (response.status !== 200) throw new Error(`${response.status} ${answer.code}: ${answer.detail}`);
    return answer;
  }

  /** Sends a run with `tests` that must be answered with 200. */
  async judge(body: RunBody): Promise<JudgedAnswer> {
    return (await this.run(body)) as JudgedAnswer;
  }

  /** Sends a request that must be refused. */
  async refusal(body: RunBody): Promise<Problem> {
    const response = await this.post(body);
    if (response.status === 200) throw new Error(`answered: ${await response.text()}`);
    return (await response.json()) as Problem;
  }

  /** The containers that this service currently has on the engine. With cells, those in which anything runs but what waits for a run. */
  async containers(): Promise<number> {
    const ids = await this.#containerIds();
    if (!IN_CELLS) return ids.length;
    const lines = await Promise.all(ids.map(commandLinesIn));
    return lines.filter((processes) => !processes.every(isWaiting)).length;
  }

  /** The processes in the service's sandboxes, as lines with pid, state and command line, according to the engine. */
  async processes(): Promise<string[]> {
    return (await Promise.all((await this.#containerIds()).map(commandLinesIn))).flat();
  }

  async #containerIds(): Promise<string[]> {
    const containers = await new Engine(DOCKER_SOCKET).containers.list(`${LABELS.instance}=${this.instanceId}`);
    return containers.map(({ id }) => id);
  }

  /** Waits until at least this many processes with this command line run in the service's sandboxes, according to the engine. */
  async untilProcesses(commandLine: RegExp, count = 1): Promise<void> {
    await eventually(async () => {
      const lines = await this.processes();
      const matching = lines.filter((line) => commandLine.test(line));
      assert.ok(matching.length >= count, `not ${count} of ${commandLine}:\n${lines.join('\n')}`);
    }, 30_000);
  }

  /** Ids of processes on this machine: interpreters that were started ahead and have come to their main file. Much faster than asking the engine. */
  async waitingInterpreters(runtime: string): Promise<string[]> {
    const ids = await this.#containerIds();
    const stopped = stoppedProcesses(`${STARTED_AHEAD[runtime]} `.replaceAll(' ', '\0'));
    return stopped.filter(({ group }) => ids.some((id) => group.includes(id))).map(({ pid }) => pid);
  }

  /** For `await using`, so that the service ends however the test ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** Ends the service and returns its exit code. With `SIGKILL` it cannot clean up. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const exited = once(this.process, 'exit');
    this.process.kill(signal);
    const [code] = await exited;
    return code as number | null;
  }
}

/** A line of the engine's list of processes: an interpreter that was started ahead and has come to its main file. */
export function waitingInterpreter(runtime: string): RegExp {
  return new RegExp(`^\\s*\\d+\\s+T\\S*\\s+${STARTED_AHEAD[runtime]}$`);
}

/** The processes on this machine that are stopped and have this command line, with their control groups. */
function stoppedProcesses(commandLine: string): { pid: string; group: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'latin1') !== commandLine) return [];
      const isStopped = /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
      return isStopped ? [{ pid, group: readFileSync(`/proc/${pid}/cgroup`, 'latin1') }] : [];
    } catch {
      return []; // It has ended.
    }
  });
}

function isWaiting(line: string): boolean {
  return (
    SANDBOX_INIT.test(line) || Object.keys(STARTED_AHEAD).some((runtime) => waitingInterpreter(runtime).test(line))
  );
}

async function commandLinesIn(containerId: string): Promise<string[]> {
  const command = ['--host', `unix://${DOCKER_SOCKET}`, 'top', containerId, '-eo', 'pid,stat,args'];
  const { stdout } = await promisify(execFile)('docker', command);
  return stdout.trimEnd().split('\n').slice(1);
}
