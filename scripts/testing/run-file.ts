import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Reported } from './reporter.ts';
import { type FileResult, toFileResult } from './result.ts';

/** The reporter next to this file; compiled if this file is. */
const REPORTER = new URL(`./reporter${extname(import.meta.url)}`, import.meta.url).href;

export interface RunOptions {
  /** How the result calls the file. Default: its path. */
  readonly title?: string;
  readonly project: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Kills the processes of the test file when it aborts. */
  readonly signal?: AbortSignal;
}

/** Runs one test file in its own process. Never rejects; every problem is a failure in the result. */
export async function runFile(path: string, options: RunOptions): Promise<FileResult> {
  const folder = mkdtempSync(join(tmpdir(), 'code-runner-report-'));
  const report = join(folder, 'report');
  const startedAt = performance.now();
  try {
    const end = await runProcess(
      [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${report}`, ...program(path, options.project)],
      options,
    );
    return toFileResult(options.title ?? path, {
      ...end,
      reported: readReport(report),
      durationMs: performance.now() - startedAt,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The compiled file if there is one, because it starts in a third of the time. */
function program(path: string, project: string): string[] {
  const compiled = join(project, 'dist', path.replace(/\.ts$/, '.js'));
  return existsSync(compiled) ? ['--enable-source-maps', compiled] : ['--import', 'tsx', path];
}

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly output: string;
  readonly isTimeout: boolean;
}

/** Runs Node in its own process group, so that a hanging file can be killed with everything that it started. */
export function runProcess(args: readonly string[], options: RunOptions): Promise<ProcessEnd> {
  const child = spawn(process.execPath, args, {
    cwd: options.project,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const kill = () => killGroup(child);
  options.signal?.addEventListener('abort', kill);
  return new Promise((resolve) => {
    let isTimeout = false;
    const timer = setTimeout(() => {
      isTimeout = true;
      kill();
    }, options.timeoutMs);
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      resolve({ exitCode, output: Buffer.concat(output).toString(), isTimeout });
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** What the file reported before it ended. Empty if it reported nothing. */
function readReport(report: string): Reported[] {
  try {
    const lines = readFileSync(report, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Reported);
  } catch {
    return [];
  }
}
