/**
 * Starts sandbox-init as PID 1 of a real, hardened container and exchanges frames with it. At the end, checks that
 * it exited as expected and that no sanitizer reported an error.
 */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import tarStream from 'tar-stream';
import {
  decodeFields,
  encodeFields,
  encodeFrame,
  type Field,
  FrameDecoder,
  IN,
  type InType,
  OUT,
  type OutFrame,
} from '../../src/init-protocol/codec.ts';
import { eventually } from '../../test/eventually.ts';
import { buildImageIfChanged, IMAGE } from './image.ts';

const DEFAULT_TIMEOUT_MS = 15_000;
/** What has been written for so long is all that can be written. */
export const STALLED_FOR_MS = 200;
const SANITIZER_REPORT = /AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehaviorSanitizer/;

export const PATH_ENV = 'PATH=/usr/local/bin:/usr/bin:/bin';

export interface Build {
  readonly name: string;
  readonly binary: string;
  /** Whether it runs in the first of many cells of its container. */
  readonly isCell?: boolean;
}

const RELEASE: Build = { name: 'release', binary: '/sandbox-init' };
const ASAN: Build = { name: 'asan', binary: '/sandbox-init-asan' };
const CELL: Build = { name: 'cell', binary: '/sandbox-init', isCell: true };

export interface SuiteOptions {
  readonly builds: readonly Build[];
  /** How many tests run at a time. */
  readonly concurrency: number;
}

export const ONE_AT_A_TIME: SuiteOptions = { builds: [RELEASE, ASAN, CELL], concurrency: 1 };
export const TWO_AT_A_TIME: SuiteOptions = { ...ONE_AT_A_TIME, concurrency: 2 };
export const THREE_AT_A_TIME: SuiteOptions = { ...ONE_AT_A_TIME, concurrency: 3 };
/** For suites about the protocol. The release binary speaks it in a container as it does in a cell. */
export const PROTOCOL_ONLY: SuiteOptions = { builds: [ASAN, CELL], concurrency: 3 };

export interface SandboxOptions {
  readonly build: Build;
  readonly memory?: string;
  readonly pids?: number;
  readonly workspaceSize?: string;
  /** Arguments of `sandbox-init cells`. */
  readonly cells?: readonly string[];
  readonly dockerArguments?: readonly string[];
  /** Left out: the image that all builds are in. */
  readonly image?: string;
  /** Path of the seccomp profile for cells; left out: the one that makes them. */
  readonly cellsProfile?: string;
}

/** A suite that runs against several builds. `t` declares a test whose body gets a sandbox that has sent `ready`. */
export function suite(
  name: string,
  { builds, concurrency }: SuiteOptions,
  body: (t: Declare, build: Build) => void,
): void {
  buildImageIfChanged();
  for (const build of builds) {
    describe(`${name} (${build.name})`, { concurrency }, () => {
      body((title, run, options = {}) => {
        test(title, { timeout: 90_000 }, () => withSandbox({ build, ...options }, run));
      }, build);
    });
  }
}

export type Declare = (
  title: string,
  run: (sandbox: Sandbox) => Promise<void>,
  options?: Omit<SandboxOptions, 'build'>,
) => void;

/** Runs the body with a sandbox that has sent `ready`. The sandbox must then exit with 0, unless the body awaited another end. */
export async function withSandbox(options: SandboxOptions, run: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = Sandbox.start(options);
  try {
    const ready = await sandbox.next(OUT.ready);
    assert.equal(decodeFields(ready.payload).get('protocol'), '1');
    await run(sandbox);
    if (!sandbox.hasEnded) await sandbox.finish();
  } catch (error) {
    if (error instanceof Error) error.message += `\n[stderr of sandbox-init] ${sandbox.diagnostics}`;
    throw error;
  } finally {
    sandbox.destroy();
  }
  assert.doesNotMatch(sandbox.diagnostics, SANITIZER_REPORT);
}

export interface ExecOptions {
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly stdin?: 'null' | 'pipe';
  readonly wallMs?: number;
  readonly cpuMs?: number;
  readonly outputBytes?: number;
  readonly outputKillBytes?: number;
  readonly fileBytes?: number;
  readonly start?: 'any' | 'own';
}

/** The result of an execution. */
export interface Outcome {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly cause: string;
  readonly exitCode: number | undefined;
  readonly signal: number | undefined;
  readonly wallMs: number;
  readonly stalledMs: number;
  readonly cpuMs: number;
  readonly memoryPeakBytes: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  readonly ackedBytes: number;
}

export interface Collected {
  readonly files: Map<string, Buffer>;
  readonly modes: Map<string, number>;
  readonly omitted: readonly string[];
  readonly tarBytes: number;
}

export class Sandbox {
  readonly name: string;
  readonly process: ChildProcessWithoutNullStreams;
  diagnostics = '';
  readonly #decoder = new FrameDecoder();
  readonly #frames: OutFrame[] = [];
  readonly #ended: Promise<number | null>;
  #exit: { code: number | null } | undefined;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  private constructor(name: string, process: ChildProcessWithoutNullStreams) {
    this.name = name;
    this.process = process;
    process.stdout.on('data', (chunk: Buffer) => this.#push(chunk));
    process.stderr.on('data', (chunk: Buffer) => {
      this.diagnostics += chunk.toString('latin1');
    });
    process.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      process.on('close', (code) => {
        this.#exit = { code };
        this.#wake();
        resolve(code);
      });
    });
  }

  static start(options: SandboxOptions): Sandbox {
    const name = `sbinit-${randomUUID()}`;
    return new Sandbox(name, spawn('docker', dockerArguments(name, options)));
  }

  get hasEnded(): boolean {
    return this.#exit !== undefined;
  }

  /** Frames that have been received and not been read. */
  get waitingFrames(): readonly OutFrame[] {
    return this.#frames;
  }

  #push(chunk: Buffer): void {
    try {
      this.#frames.push(...this.#decoder.push(chunk));
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#wake();
  }

  /** The process id of sandbox-init on this machine. */
  hostPid(): number {
    return Number(execFileSync('docker', ['inspect', '-f', '{{.State.Pid}}', this.name]));
  }

  /** Process id, as the machine has it, of the sandbox-init that speaks: with cells, the first child of the outer one. */
  initPid(): number {
    const outer = this.hostPid();
    if (!readFileSync(`/proc/${outer}/cmdline`, 'utf8').includes('\0cells')) return outer;
    return Number(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').split(' ')[0]);
  }

  /** Waits until sandbox-init has output to write and writes none, because nobody reads. Returns how many bytes it has written. */
  async untilStalled(): Promise<number> {
    const io = `/proc/${this.initPid()}/io`;
    const written = () => Number(/^wchar: (\d+)/m.exec(readFileSync(io, 'utf8'))?.[1]);
    return eventually(async () => {
      const bytes = written();
      assert.ok(bytes > 64 * 1024, `${bytes} bytes do not fill a pipe`);
      await delay(STALLED_FOR_MS);
      assert.equal(written(), bytes);
      return bytes;
    });
  }

  /** Sends raw bytes. */
  raw(bytes: Uint8Array): void {
    this.process.stdin.write(bytes);
  }

  send(type: InType, payload?: Uint8Array): void {
    this.raw(encodeFrame(type, payload));
  }

  sendFields(type: InType, fields: Iterable<Field>): void {
    this.send(type, encodeFields(fields));
  }

  /** The next frame, of any type. */
  async take(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<OutFrame> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.#failure) throw this.#failure;
      const frame = this.#frames.shift();
      if (frame) return frame;
      if (this.#exit) throw new Error(`sandbox-init ended with ${this.#exit.code} where a frame was expected`);
      if (Date.now() >= deadline) throw new Error(`no frame within ${timeoutMs} ms`);
      await this.#change(deadline);
    }
  }

  async #change(deadline: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.max(1, deadline - Date.now()));
    });
    clearTimeout(timer);
  }

  /** The next frame, which must be of this type. */
  async next(type: OutFrame['type'], timeoutMs = DEFAULT_TIMEOUT_MS): Promise<OutFrame> {
    const frame = await this.take(timeoutMs);
    assert.equal(frame.type, type, `frame ${frame.type}: ${frame.payload.toString('latin1', 0, 300)}`);
    return frame;
  }

  /** Awaits the fatal `error` frame and the exit with 1. Returns its message. */
  async fails(code: string): Promise<string> {
    let frame = await this.take();
    while (frame.type !== OUT.error) frame = await this.take();
    const fields = decodeFields(frame.payload);
    assert.equal(fields.get('code'), code, fields.get('message'));
    assert.equal(await this.ended(), 1);
    return fields.get('message') ?? '';
  }

  /** Waits until sandbox-init has exited and returns the exit code. */
  async ended(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`sandbox-init did not end within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([this.#ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes its standard input. It must then exit with 0. */
  async finish(): Promise<void> {
    this.process.stdin.end();
    assert.equal(await this.ended(), 0);
  }

  destroy(): void {
    if (this.hasEnded) return;
    try {
      execFileSync('docker', ['rm', '-f', this.name], { stdio: 'ignore' });
    } catch {
      // It had already exited.
    }
    // A client whose output nobody reads would never end, and the test file with it.
    this.process.kill('SIGKILL');
  }

  sendExec(args: readonly (string | Buffer)[], options: ExecOptions = {}): void {
    this.send(IN.exec, execPayload(args, options));
  }

  /** Executes a program and waits for its end. */
  async exec(args: readonly string[], options: ExecOptions = {}, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Outcome> {
    this.sendExec(args, options);
    return this.outcome(timeoutMs);
  }

  async python(source: string, options: ExecOptions = {}, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Outcome> {
    return this.exec(['python3', '-c', source], options, timeoutMs);
  }

  /** Reads the frames of an execution up to `exited`. */
  async outcome(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Outcome> {
    await this.next(OUT.started, timeoutMs);
    return this.outcomeAfterStart(timeoutMs);
  }

  async outcomeAfterStart(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Outcome> {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let ackedBytes = 0;
    for (;;) {
      const frame = await this.take(timeoutMs);
      if (frame.type === OUT.stdout) stdout.push(frame.payload);
      else if (frame.type === OUT.stderr) stderr.push(frame.payload);
      else if (frame.type === OUT.stdinAck) ackedBytes += Number(decodeFields(frame.payload).get('bytes'));
      else {
        assert.equal(frame.type, OUT.exited, `frame ${frame.type}: ${frame.payload.toString('latin1', 0, 300)}`);
        return toOutcome(decodeFields(frame.payload), Buffer.concat(stdout), Buffer.concat(stderr), ackedBytes);
      }
    }
  }

  /** Sends an archive in pieces of this size. */
  sendFiles(archive: Buffer, pieceBytes = 64 * 1024, type: InType = IN.files): void {
    for (let at = 0; at < archive.length; at += pieceBytes) this.send(type, archive.subarray(at, at + pieceBytes));
    this.send(type);
  }

  sendCollect(paths: readonly (string | Buffer)[], fields: Record<string, string | number> = {}): void {
    const rest = encodeFields(Object.entries({ max_bytes: 64 * 1024 * 1024, ...fields }));
    this.send(IN.collect, Buffer.concat([...paths.map((path) => rawField('path', path)), rest]));
  }

  async collect(paths: readonly (string | Buffer)[], fields: Record<string, string | number> = {}): Promise<Collected> {
    this.sendCollect(paths, fields);
    return this.collected();
  }

  async collected(): Promise<Collected> {
    const pieces: Buffer[] = [];
    const omitted: string[] = [];
    for (;;) {
      const frame = await this.take();
      if (frame.type === OUT.omitted) {
        const fields = decodeFields(frame.payload);
        omitted.push(`${fields.get('reason')}: ${fields.get('path')}`);
        continue;
      }
      assert.equal(frame.type, OUT.files, `frame ${frame.type}: ${frame.payload.toString('latin1', 0, 300)}`);
      if (frame.payload.length === 0) break;
      pieces.push(frame.payload);
    }
    const archive = Buffer.concat(pieces);
    return { ...(await unpack(archive)), omitted, tarBytes: archive.length };
  }

  snapshot(paths: readonly (string | Buffer)[] = [], maxBytes = 64 * 1024 * 1024): void {
    const rest = encodeFields([['max_bytes', maxBytes]]);
    this.send(IN.snapshot, Buffer.concat([...paths.map((path) => rawField('path', path)), rest]));
  }

  async reset(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
    this.send(IN.reset);
    await this.next(OUT.ready, timeoutMs);
  }

  /** Checks that the session still works. */
  async stillAnswers(): Promise<void> {
    const outcome = await this.exec(['/bin/echo', 'still here']);
    assert.equal(outcome.stdout.toString(), 'still here\n');
    assert.equal(outcome.cause, 'exited');
    assert.equal(outcome.exitCode, 0);
  }
}

function rawField(key: string, value: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${key}=`), Buffer.from(value), Buffer.from([0])]);
}

export function execPayload(args: readonly (string | Buffer)[], options: ExecOptions): Buffer {
  const fields: Field[] = [['wall_ms', options.wallMs ?? 10_000]];
  if (options.cwd !== undefined) fields.push(['cwd', options.cwd]);
  if (options.stdin !== undefined) fields.push(['stdin', options.stdin]);
  if (options.cpuMs !== undefined) fields.push(['cpu_ms', options.cpuMs]);
  if (options.outputBytes !== undefined) fields.push(['output_bytes', options.outputBytes]);
  if (options.outputKillBytes !== undefined) fields.push(['output_kill_bytes', options.outputKillBytes]);
  if (options.fileBytes !== undefined) fields.push(['file_bytes', options.fileBytes]);
  if (options.start !== undefined) fields.push(['start', options.start]);
  for (const entry of options.env ?? [PATH_ENV]) fields.push(['env', entry]);
  return Buffer.concat([...args.map((argument) => rawField('arg', argument)), encodeFields(fields)]);
}

function toOutcome(fields: Map<string, string>, stdout: Buffer, stderr: Buffer, ackedBytes: number): Outcome {
  const number = (key: string): number => {
    const value = fields.get(key);
    assert.match(value ?? 'missing', /^\d+$/, key);
    return Number(value);
  };
  number('user_us');
  number('system_us');
  return {
    stdout,
    stderr,
    cause: fields.get('cause') ?? '',
    exitCode: fields.has('exit_code') ? number('exit_code') : undefined,
    signal: fields.has('signal') ? number('signal') : undefined,
    wallMs: number('wall_us') / 1000,
    stalledMs: number('stalled_us') / 1000,
    cpuMs: number('cpu_us') / 1000,
    memoryPeakBytes: number('memory_peak_bytes'),
    stdoutBytes: number('stdout_bytes'),
    stderrBytes: number('stderr_bytes'),
    ackedBytes,
  };
}

export interface Entry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly mode?: number;
  readonly directory?: boolean;
}

/** An archive as the service creates it. */
export async function pack(entries: readonly Entry[]): Promise<Buffer> {
  const archive = tarStream.pack();
  for (const entry of entries) {
    const header = {
      name: entry.name,
      mode: entry.mode ?? (entry.directory ? 0o755 : 0o644),
      type: entry.directory ? 'directory' : 'file',
    } as const;
    archive.entry(header, Buffer.from(entry.content ?? ''));
  }
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function unpack(archive: Buffer): Promise<{ files: Map<string, Buffer>; modes: Map<string, number> }> {
  const files = new Map<string, Buffer>();
  const modes = new Map<string, number>();
  // Names need not be UTF-8. tar-stream has an option for that which its types lack.
  const options: NonNullable<Parameters<typeof tarStream.extract>[0]> & { filenameEncoding: string } = {
    filenameEncoding: 'latin1',
  };
  const extract = tarStream.extract(options);
  extract.end(archive);
  for await (const entry of extract) {
    const pieces: Buffer[] = [];
    for await (const piece of entry) pieces.push(piece as Buffer);
    assert.equal(entry.header.type, 'file');
    assert.ok(!files.has(entry.header.name), `${entry.header.name} came twice`);
    files.set(entry.header.name, Buffer.concat(pieces));
    modes.set(entry.header.name, entry.header.mode ?? 0);
  }
  return { files, modes };
}

/** A tar header with the given fields. Its checksum is right by default. */
export function tarHeader(fields: {
  name: string | Buffer;
  size?: number | Buffer;
  type?: string;
  mode?: string;
  magic?: string;
  sum?: string;
}): Buffer {
  const block = Buffer.alloc(512);
  Buffer.from(fields.name).copy(block, 0, 0, 100);
  block.write(fields.mode ?? '0000644\0', 100, 'latin1');
  if (Buffer.isBuffer(fields.size)) fields.size.copy(block, 124);
  else block.write(`${(fields.size ?? 0).toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write(fields.type ?? '0', 156, 'latin1');
  block.write(fields.magic ?? 'ustar\x0000', 257, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(fields.sum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

export const TAR_END = Buffer.alloc(1024);

/** Content padded to whole blocks. */
export function tarContent(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** The engine's own profile and the calls that make cells. */
const CELLS_PROFILE = fileURLToPath(new URL('../seccomp-cells.json', import.meta.url));
/** The outer init, and the cell that waits. */
const CELLS_PIDS = 2;
/** What the cells of a container may be told by default: as much room as the tmpfs of an ordinary one has. */
const CELLS_DISK_BYTES = 256 * 1024 * 1024;

/** More than any test makes. */
const CELLS_INODES = 200_000;

/** What a container of cells needs beside, or instead of, the usual options. */
function cellsArguments(options: SandboxOptions): { options: string[]; command: string[] } {
  if (!options.build.isCell) return { options: [], command: [] };
  const security = [`seccomp=${options.cellsProfile ?? CELLS_PROFILE}`, 'systempaths=unconfined'];
  const disk = options.workspaceSize ?? String(CELLS_DISK_BYTES);
  return {
    options: security.flatMap((option) => ['--security-opt', option]),
    command: ['cells', `disk_bytes=${bytesOf(disk)}`, `inodes=${CELLS_INODES}`, ...(options.cells ?? [])],
  };
}

/** `16m`, as mount options have it, in bytes. */
function bytesOf(size: string): number {
  const factors: Record<string, number> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
  const factor = factors[size.at(-1) ?? ''];
  return factor === undefined ? Number(size) : Number(size.slice(0, -1)) * factor;
}

/** Options that every container of these tests has, as a sandbox has them. */
export const HARDENING = [
  '-i',
  '--rm',
  '--init=false',
  '--user',
  '1000:1000',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
  '--network',
  'none',
];

function dockerArguments(name: string, options: SandboxOptions): string[] {
  const memory = options.memory ?? '256m';
  const cells = cellsArguments(options);
  return [
    'run',
    ...HARDENING,
    '--name',
    name,
    '--read-only',
    '--tmpfs',
    `/workspace:exec,size=${options.workspaceSize ?? '256m'},mode=0755,uid=1000,gid=1000`,
    '--tmpfs',
    '/tmp:exec,size=64m,mode=1777',
    '--memory',
    memory,
    '--memory-swap',
    memory,
    '--pids-limit',
    String((options.pids ?? 128) + (options.build.isCell ? CELLS_PIDS : 0)),
    '--log-driver',
    'none',
    '--env',
    'ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:exitcode=99',
    '--env',
    'UBSAN_OPTIONS=print_stacktrace=1:exitcode=99',
    ...cells.options,
    ...(options.dockerArguments ?? []),
    '--entrypoint',
    options.build.binary,
    options.image ?? IMAGE,
    ...cells.command,
  ];
}
