import { isUtf8 } from 'node:buffer';
import type { LimitsDraft, RunDraft } from '../../core/draft/draft.ts';
import { type Compilation, exitCodeOf, type RunResult, type Timings } from '../../core/result.ts';
import { type Content, toBytes, toMilliseconds, toOptionalBytes } from '../content-wire.ts';
import type { Encoding } from '../fields.ts';
import { round, signalName, type TextFormat, toText, toUsage } from './execution-wire.ts';
import { toJudgement, toTestSuiteDraft } from './judging-wire.ts';
import type { RunResponseBody } from './run-response-schema.ts';
import type { RunRequestBody } from './run-schema.ts';

/** Maps between the bodies of `POST /run` and the types of `core`. */

/** Converts a body of the right shape to a draft. */
export function toRunDraft(body: RunRequestBody): RunDraft {
  return {
    runtime: body.image,
    code: body.code,
    files: body.files && toFiles(body.files),
    entrypoint: body.entrypoint,
    args: body.args,
    stdin: toOptionalBytes(body.stdin),
    environment: body.environment,
    isolation: body.isolation,
    ...toLimitsDraft(body),
    prebuild: body.prebuild_spec && {
      base: body.prebuild_spec.base_image,
      setupScript: body.prebuild_spec.setup_script,
    },
    packages: body.packages,
    outputFiles: body.output_files,
    ...toTestSuiteDraft(body),
  };
}

function toFiles(files: Record<string, Content>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [name, toBytes(content)]));
}

function toLimitsDraft(body: RunRequestBody): LimitsDraft {
  return {
    timeoutMs: toMilliseconds(body.timeout),
    compileTimeoutMs: toMilliseconds(body.compile_timeout),
    cpuTimeoutMs: toMilliseconds(body.cpu_timeout),
    memoryBytes: body.mem_limit,
    cpuShares: body.cpu_shares,
    cpus: body.cpus,
    diskBytes: body.disk_limit,
    pids: body.pids_limit,
    outputBytes: body.output_limit,
    network: body.allow_network,
  };
}

/** Converts the result of a run to the response body. */
export function toRunResponse(result: RunResult, format: TextFormat): RunResponseBody {
  const last = result.run ?? result.compile;
  const stdout = toText(last.stdout, format);
  const stderr = toText(last.stderr, format);
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
    error: result.error,
    usage: toUsage(last.usage),
    compile: result.compile && toCompile(result.compile, format),
    metadata: result.metadata,
    ...toOutputFiles(result, format),
    timings: toTimings(result.timings),
    sandbox: result.sandbox,
    isolation: result.isolation,
    ...toJudgement(result.judgement, format),
  };
}

/** The value of the `Server-Timing` header. */
export function serverTiming(timings: Timings): string {
  return Object.entries(toTimings(timings))
    .map(([name, duration]) => `${name.replace('_ms', '')};dur=${duration}`)
    .join(', ');
}

function toCompile(execution: Compilation, format: TextFormat): RunResponseBody['compile'] {
  return {
    status: execution.fate.status,
    exit_code: exitCodeOf(execution.fate),
    stdout: toText(execution.stdout, format).text,
    stderr: toText(execution.stderr, format).text,
    usage: toUsage(execution.usage),
    cached: execution.cached,
  };
}

function toOutputFiles({ collected }: RunResult, format: TextFormat) {
  const named = collected.files.filter((file) => isUtf8(file.path));
  const unnamed = collected.files
    .filter((file) => !isUtf8(file.path))
    .map(({ path }) => ({ path, reason: 'name_not_utf8' }));
  return {
    output_files: Object.fromEntries(named.map(({ path, content }) => [path.toString(), toFile(content, format)])),
    output_files_omitted: [...collected.omitted, ...unnamed].map(({ path, reason }) => ({
      path: path.toString(),
      reason,
    })),
  };
}

/** Content that is not valid UTF-8 is always base64, because files are never returned changed. */
function toFile(content: Buffer, { encoding: wanted, long }: TextFormat) {
  const encoding: Encoding = wanted === 'utf-8' && isUtf8(content) ? 'utf-8' : 'base64';
  return { content: long.text(content, encoding), encoding, size: content.length };
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
