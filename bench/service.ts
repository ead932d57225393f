import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../test/eventually.ts';
import { RUNTIME_DIR } from './subjects.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD = join(ROOT, 'dist', 'bench');

/** Compiles the service as `npm start` does, into a temporary folder. */
export function buildService(): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', BUILD], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}

/** Stops the services when this process is told to stop. */
export function stopOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}

/** A service process. Its log goes to a file, so that reading it costs nothing during the measurement. */
export class BenchService {
  readonly url: string;
  readonly instanceId: string;
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, listening: { port: number; instance: string }) {
    this.#process = process;
    this.#folder = folder;
    this.pid = process.pid ?? 0;
    this.url = `http://127.0.0.1:${listening.port}`;
    this.instanceId = listening.instance;
  }

  /** Starts the compiled service with this environment and waits until a run of every runtime would succeed. */
  static async start(environment: Readonly<Record<string, string>>): Promise<BenchService> {
    const folder = mkdtempSync(join(tmpdir(), 'code-runner-bench-'));
    const log = openSync(join(folder, 'log'), 'a');
    const child = spawn(process.execPath, [join(BUILD, 'src', 'main.js')], {
      env: {
        PATH: process.env['PATH'],
        // So that both isolations and all starts can be measured.
        ...(process.env['ISOLATION'] ? { ISOLATION: process.env['ISOLATION'] } : {}),
        ...(process.env['START'] ? { START: process.env['START'] } : {}),
        HOST: '127.0.0.1',
        PORT: '0',
        RUNTIME_DIR,
        COMPILE_CACHE_DIR: join(folder, 'compiled'),
        ...environment,
      },
      cwd: folder,
      stdio: ['ignore', log, log],
    });
    process.once('exit', () => child.kill());
    const listening = await eventually(async () => {
      const line = readLines(folder).find((text) => text.includes('"listening"'));
      if (line === undefined) throw new Error(`the service does not listen: ${readLines(folder).join('\n')}`);
      return JSON.parse(line) as { port: number; instance: string };
    }, 10_000);
    const service = new BenchService(child, folder, listening);
    await eventually(() => service.#requireReady(), 120_000);
    return service;
  }

  get log(): string[] {
    return readLines(this.#folder);
  }

  /** The values of `/metrics` by name, including labels. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  }

  /** Stops the service and returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await exited;
    }
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #requireReady(): Promise<void> {
    const response = await fetch(`${this.url}/readyz`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`not ready: ${text}`);
  }
}

function readLines(folder: string): string[] {
  return readFileSync(join(folder, 'log'), 'utf8').split('\n');
}
