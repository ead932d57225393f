import { isUtf8 } from 'node:buffer';
import { RunnerError } from '../../core/errors.ts';
import { defaultLimits, type LimitPolicy, type Limits } from '../../core/limits.ts';
import { conflictingPath, safePath } from '../../core/path.ts';
import type { Extension, ProgramRequest, RunRequest, SourceFile } from '../../core/request.ts';
import { type Compilation, exitCodeOf, type RunResult, type Timings } from '../../core/result.ts';
import { parseSize } from '../../core/size.ts';
import { type Content, requireAtMost, toBytes, toMilliseconds } from '../content-wire.ts';
import type { Encoding } from '../fields.ts';
import { round, signalName, toText, toUsage } from './execution-wire.ts';
import { toJudgement, toJudging } from './judging-wire.ts';
import type { RunResponseBody } from './run-response-schema.ts';
import type { RunRequestBody } from './run-schema.ts';
import { requireDiskForFiles, requireStringsWithinLimits } from './size-checks.ts';

/** The one place where `snake_case` on the wire meets `camelCase` inside. */

/** The request behind a validated body. Throws what only the whole of it can show: sizes, file names, combinations. */
export function toRunRequest(body: RunRequestBody, policy: LimitPolicy): RunRequest {
  const files = toSourceFiles(body.files ?? {});
  requireAtMost(policy.maxCodeBytes, codeBytes(body.code ?? '', files), 'Code size exceeds the limit.');
  const stdin = toBytes(body.stdin ?? '');
  requireAtMost(policy.maxStdinBytes, stdin.length, 'The stdin exceeds the limit (MAX_STDIN_BYTES).');
  const program: ProgramRequest = {
    runtime: body.image ?? 'python',
    code: body.code || undefined,
    files,
    entrypoint: body.entrypoint || undefined,
    args: body.args ?? [],
    stdin,
    environment: body.environment ?? {},
    limits: toLimits(body, policy),
    ...toExtension(body),
  };
  requireStringsWithinLimits(program);
  requireDiskForFiles(program);
  return {
    ...program,
    outputFiles: body.output_files ?? [],
    maxOutputFilesBytes: policy.maxOutputFilesBytes,
    judging: toJudging(body, program, policy),
  };
}

/** What the run wants beyond its runtime, if anything. */
function toExtension({ prebuild_spec: spec, packages }: RunRequestBody): { extension?: Extension } {
  if (!spec && !packages?.length) return {};
  const base = spec ? (spec.base_image ?? 'python') : undefined;
  return { extension: { base, setupScript: spec?.setup_script ?? '', packages: packages ?? [] } };
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

function codeBytes(code: string, files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + file.content.length, Buffer.byteLength(code));
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

function toBytesOfSize(size: string | number | null | undefined): number | undefined {
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
    ...toJudgement(result.judgement, encoding),
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

function toTimings(timings: Timings): RunResponseBody['timings'] {
  return {
    queue_ms: round(timings.queueMs),
    sandbox_ms: round(timings.sandboxMs),
    stage_ms: round(timings.stageMs),
    compile_ms: round(timings.compileMs),
    run_ms: round(timings.runMs),
    judge_ms: round(timings.judgeMs),
    collect_ms: round(timings.collectMs),
    total_ms: round(timings.totalMs),
  };
}
