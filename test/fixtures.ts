import type { Command } from '../src/core/command.ts';
import { defaultLimits, type LimitPolicy } from '../src/core/limits.ts';
import { type SafePath, safePath } from '../src/core/path.ts';
import type { RunRequest, SourceFile } from '../src/core/request.ts';
import type { Compilation, Execution, Fate, RunResult } from '../src/core/result.ts';
import { manifestSchema } from '../src/runtimes/manifest.ts';
import type { Runtime } from '../src/runtimes/registry.ts';

/** Values that the tests of several parts share. */

export const MEBIBYTE = 1024 ** 2;

export const POLICY: LimitPolicy = {
  timeoutMs: { default: 30_000, max: 300_000 },
  compileTimeoutMs: { default: 60_000, max: 300_000 },
  memoryBytes: { default: 256 * MEBIBYTE, max: 2048 * MEBIBYTE },
  cpuShares: { default: 512, max: 262_144 },
  cpus: { default: 1, max: 4 },
  diskBytes: { default: 512 * MEBIBYTE, max: 5000 * MEBIBYTE },
  pids: { default: 128, max: 1024 },
  outputBytes: { default: MEBIBYTE, max: 16 * MEBIBYTE },
  networkDefault: false,
  networkAllowed: true,
  maxCodeBytes: MEBIBYTE,
  maxFiles: 1000,
  maxStdinBytes: 16 * MEBIBYTE,
  maxBodyBytes: 32 * MEBIBYTE,
  maxOutputFilesBytes: 8 * MEBIBYTE,
  maxTests: 100,
};

export function path(text: string): SafePath {
  const safe = safePath(text);
  if (safe === undefined) throw new Error(`not a safe path: ${text}`);
  return safe;
}

export function file(name: string, content: string | Uint8Array): SourceFile {
  return { path: path(name), content: Buffer.from(content) };
}

export function runRequest(changes: Partial<RunRequest> = {}): RunRequest {
  return {
    runtime: 'python',
    code: 'print(1)',
    files: [],
    entrypoint: undefined,
    args: [],
    stdin: new Uint8Array(),
    environment: {},
    limits: defaultLimits(POLICY),
    isolation: 'container',
    outputFiles: [],
    maxOutputFilesBytes: MEBIBYTE,
    judging: undefined,
    ...changes,
  };
}

export const MANIFEST = {
  name: 'Python',
  description: 'CPython',
  version: '3.13',
  main_file: 'main.py',
  file_extension: '.py',
  default_entrypoint: 'python3 main.py',
  compile: null,
  run: ['/usr/bin/python3', 'main.py'],
  environment: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
  workspace_files: ['sdk.py'],
  sample: { file: 'hello.py', stdout: 'hello\n' },
};

export function runtime(id = 'python', manifest: Record<string, unknown> = {}): Runtime {
  return {
    id,
    image: `code-runner-${id}`,
    manifest: manifestSchema.parse({ ...MANIFEST, ...manifest }),
    workspaceFiles: [file('sdk.py', '# sdk')],
    sample: { code: 'print("hello")', stdout: 'hello\n' },
  };
}

export function command(changes: Partial<Command> = {}): Command {
  return {
    argv: ['true'],
    environment: {},
    stdin: new Uint8Array(),
    wallMs: 1000,
    cpuMs: undefined,
    outputBytes: 1024,
    ...changes,
  };
}

export interface ExecutionChanges {
  readonly fate?: Fate;
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
  readonly truncated?: boolean;
  readonly usage?: Execution['usage'];
}

export function execution(changes: ExecutionChanges = {}): Execution {
  const output = (content: string | Uint8Array = '') => ({
    bytes: Buffer.from(content),
    truncated: changes.truncated ?? false,
  });
  return {
    fate: changes.fate ?? { status: 'completed', exitCode: 0 },
    stdout: output(changes.stdout),
    stderr: output(changes.stderr),
    usage: changes.usage ?? { wallMs: 12.3456, cpuMs: 10.9, memoryPeakBytes: 9_437_184 },
  };
}

export function compilation(changes: ExecutionChanges = {}, cached = false): Compilation {
  return { ...execution(changes), cached, spentMs: 12.3456 };
}

const RUN_FACTS = {
  runId: 'run-1',
  runtime: 'python',
  metadata: null,
  collected: { files: [], omitted: [] },
  timings: {
    queueMs: 0.111,
    sandboxMs: 0.4,
    stageMs: 0.8,
    compileMs: 0,
    runMs: 12.3456,
    judgeMs: 0,
    collectMs: 0.2,
    totalMs: 14.1,
  },
  sandbox: 'cold',
  isolation: 'container',
  judgement: null,
  error: null,
} as const;

type RunFacts = Pick<RunResult, keyof typeof RUN_FACTS>;

export function runResult(run: Execution = execution(), changes: Partial<RunFacts> = {}): RunResult {
  return { ...RUN_FACTS, status: run.fate.status, compile: null, run, ...changes };
}

export function compileFailed(compile: Compilation, changes: Partial<RunFacts> = {}): RunResult {
  return { ...RUN_FACTS, status: 'compile_failed', compile, run: null, ...changes };
}

/** A pseudo-random generator of numbers from 0 to 1: the same seed gives the same sequence (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a sandbox factory knows of cells in tests that ask for containers. */
export const NO_CELLS = { maxCells: 1, maxAgeMs: 0, onRefused: () => undefined };
