import { isUtf8 } from 'node:buffer';
import { constants } from 'node:os';
import { RunnerError } from '../run/errors.ts';
import { defaultLimits, type LimitPolicy, type Limits } from '../run/limits.ts';
import { conflictingPath, safePath } from '../run/path.ts';
import type { RunRequest, SourceFile } from '../run/request.ts';
import {
  type Compilation,
  type Execution,
  exitCodeOf,
  type Output,
  type RunResult,
  type Timings,
  type Usage,
} from '../run/result.ts';
import { parseSize } from '../run/size.ts';
import { type Encoding, MAX_STRING_BYTES, type RunRequestBody, type RunResponseBody } from './run-schema.ts';

/** The one place where `snake_case` on the wire meets `camelCase` inside. */

/** All arguments and variables of a program together; the kernel takes no more with its usual stack limit. */
const MAX_STRINGS_BYTES = 512 * 1024;
/** What each of them takes beside its bytes: a pointer and a final NUL. */
const STRING_OVERHEAD_BYTES = 9;

type Content = NonNullable<RunRequestBody['stdin']>;

/** The request behind a validated body. Throws what only the whole of it can show: sizes, file names, combinations. */
export function toRunRequest(body: RunRequestBody, policy: LimitPolicy): RunRequest {
  const files = toSourceFiles(body.files ?? {});
  requireAtMost(policy.maxCodeBytes, codeBytes(body.code ?? '', files), 'Code size exceeds the limit.');
  const stdin = toBytes(body.stdin ?? '');
  requireAtMost(policy.maxStdinBytes, stdin.length, 'The stdin exceeds the limit (MAX_STDIN_BYTES).');
  const request: RunRequest = {
    runtime: body.image ?? 'python',
    code: body.code || undefined,
    files,
    entrypoint: body.entrypoint || undefined,
    args: body.args ?? [],
    stdin,
    environment: body.environment ?? {},
    limits: toLimits(body, policy),
    outputFiles: body.output_files ?? [],
    maxOutputFilesBytes: policy.maxOutputFilesBytes,
  };
  requireFittingStrings(request);
  requireFittingDisk(request);
  return request;
}

function toSourceFiles(files: Record<string, Content>): SourceFile[] {
  const sources = Object.entries(files).map(([name, content]): SourceFile => {
    const path = safePath(name);
    if (path === undefined) throw invalidFilename(name);
    return { path, content: toBytes(content) };
  });
  const conflict = conflictingPath(sources.map((file) => file.path));
  if (conflict !== undefined) throw invalidFilename(conflict);
  return sources;
}

function invalidFilename(name: string): RunnerError {
  return new RunnerError('invalid_request', `Invalid filename: ${name}`, { asBadRequest: true });
}

function invalid(pointer: string, message: string): RunnerError {
  return new RunnerError('invalid_request', `${pointer}: ${message}`, { violations: [{ pointer, message }] });
}

function toBytes(content: Content): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content);
  return Buffer.from(content.content, content.encoding === 'base64' ? 'base64' : 'utf8');
}

function codeBytes(code: string, files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + file.content.length, Buffer.byteLength(code));
}

function requireAtMost(maxBytes: number, bytes: number, detail: string): void {
  if (bytes > maxBytes) throw new RunnerError('payload_too_large', detail);
}

function requireFittingStrings({ args, environment, entrypoint = '' }: RunRequest): void {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  if (variables.some((variable) => Buffer.byteLength(variable) > MAX_STRING_BYTES)) {
    throw invalid('/environment', `a name and its value together must be less than ${MAX_STRING_BYTES} bytes`);
  }
  const strings = [...args, ...variables, entrypoint];
  const bytes = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + STRING_OVERHEAD_BYTES, 0);
  if (bytes > MAX_STRINGS_BYTES) {
    throw invalid('', `args, environment and entrypoint together must be at most ${MAX_STRINGS_BYTES} bytes`);
  }
}

/**
 * A file takes whole pages of a tmpfs, and a page more for its directory entry at the worst; they count as memory too, of which
 * at least half must be left to the program.
 */
function requireFittingDisk({ code = '', files, limits }: RunRequest): void {
  const pages = (bytes: number) => Math.ceil(bytes / 4096) + 1;
  const neededBytes =
    4096 * files.reduce((sum, file) => sum + pages(file.content.length), pages(Buffer.byteLength(code)));
  if (neededBytes > limits.diskBytes) throw invalid('/disk_limit', 'is too small for code and files');
  if (2 * neededBytes > limits.memoryBytes) throw invalid('/mem_limit', 'is too small for code and files');
}

function toLimits(body: RunRequestBody, policy: LimitPolicy): Limits {
  const defaults = defaultLimits(policy);
  return {
    timeoutMs: toMilliseconds(body.timeout) ?? defaults.timeoutMs,
    compileTimeoutMs: toMilliseconds(body.compile_timeout) ?? defaults.compileTimeoutMs,
    cpuTimeoutMs: toMilliseconds(body.cpu_timeout),
    memoryBytes: toBytesOfSize(body.mem_limit) ?? defaults.memoryBytes,
    cpuShares: body.cpu_shares ?? defaults.cpuShares,
    cpus: body.cpus ?? defaults.cpus,
    diskBytes: toBytesOfSize(body.disk_limit) ?? defaults.diskBytes,
    pids: body.pids_limit ?? defaults.pids,
    outputBytes: toBytesOfSize(body.output_limit) ?? defaults.outputBytes,
    network: body.allow_network ?? defaults.network,
  };
}

function toMilliseconds(seconds: number | null | undefined): number | undefined {
  return seconds == null ? undefined : Math.max(1, Math.round(seconds * 1000));
}

function toBytesOfSize(size: string | null | undefined): number | undefined {
  return size == null ? undefined : parseSize(size);
}

/** The answer that tells what became of a run. */
export function toRunResponse(result: RunResult, encoding: Encoding): RunResponseBody {
  const last = result.run ?? result.compile;
  const stdout = toText(last.stdout, encoding);
  const stderr = toText(last.stderr, encoding);
  return {
    run_id: result.runId,
    status: result.status,
    exit_code: exitCodeOf(last.fate),
    signal: signalName(last),
    stdout: stdout.text,
    stderr: stderr.text,
    stdout_truncated: last.stdout.truncated,
    stderr_truncated: last.stderr.truncated,
    invalid_utf8: stdout.invalid || stderr.invalid,
    execution_time: Math.round((result.timings.compileMs + result.timings.runMs) * 10) / 10_000,
    usage: toUsage(last.usage),
    compile: result.compile && toCompile(result.compile, encoding),
    metadata: result.metadata,
    ...toOutputFiles(result, encoding),
    timings: toTimings(result.timings),
    sandbox: result.sandbox,
  };
}

/** Where the time went, as browsers and proxies read it. */
export function serverTiming(timings: Timings): string {
  return Object.entries(toTimings(timings))
    .map(([name, duration]) => `${name.replace('_ms', '')};dur=${duration}`)
    .join(', ');
}

function toCompile(execution: Compilation, encoding: Encoding): RunResponseBody['compile'] {
  return {
    status: execution.fate.status,
    exit_code: exitCodeOf(execution.fate),
    stdout: toText(execution.stdout, encoding).text,
    stderr: toText(execution.stderr, encoding).text,
    usage: toUsage(execution.usage),
    cached: execution.cached,
  };
}

function toOutputFiles({ collected }: RunResult, encoding: Encoding) {
  const named = collected.files.filter((file) => isUtf8(file.path));
  const unnamed = collected.files
    .filter((file) => !isUtf8(file.path))
    .map(({ path }) => ({ path, reason: 'name_not_utf8' }));
  return {
    output_files: Object.fromEntries(named.map(({ path, content }) => [path.toString(), toFile(content, encoding)])),
    output_files_omitted: [...collected.omitted, ...unnamed].map(({ path, reason }) => ({
      path: path.toString(),
      reason,
    })),
  };
}

/** Content that is not text is base64 whatever was asked for: a file is never returned changed. */
function toFile(content: Buffer, wanted: Encoding) {
  const encoding: Encoding = wanted === 'utf-8' && isUtf8(content) ? 'utf-8' : 'base64';
  return { content: content.toString(encoding === 'utf-8' ? 'utf8' : 'base64'), encoding, size: content.length };
}

/** A stream as text; one that was cut does not end in half a character. */
function toText({ bytes, truncated }: Output, encoding: Encoding): { text: string; invalid: boolean } {
  if (encoding === 'base64') return { text: bytes.toString('base64'), invalid: false };
  const whole = truncated ? withoutPartialCharacter(bytes) : bytes;
  return { text: whole.toString('utf8'), invalid: !isUtf8(whole) };
}

/** The bytes without an incomplete UTF-8 sequence at their end, if there is one. */
function withoutPartialCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isContinuation = (byte & 0b1100_0000) === 0b1000_0000;
    if (!isContinuation) return sequenceLength(byte) > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

function signalName({ fate }: Execution): string | null {
  if (fate.status !== 'signaled') return null;
  const names = Object.entries(constants.signals);
  return names.find(([, number]) => number === fate.signal)?.[0] ?? `SIG${fate.signal}`;
}

function toUsage({ wallMs, cpuMs, memoryPeakBytes }: Usage): RunResponseBody['usage'] {
  return {
    wall_ms: round(wallMs),
    cpu_ms: cpuMs === undefined ? null : round(cpuMs),
    memory_peak_bytes: memoryPeakBytes ?? null,
  };
}

function toTimings(timings: Timings): RunResponseBody['timings'] {
  return {
    queue_ms: round(timings.queueMs),
    sandbox_ms: round(timings.sandboxMs),
    stage_ms: round(timings.stageMs),
    compile_ms: round(timings.compileMs),
    run_ms: round(timings.runMs),
    collect_ms: round(timings.collectMs),
    total_ms: round(timings.totalMs),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
