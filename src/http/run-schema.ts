import { z } from '@hono/zod-openapi';
import { type Bounds, CPU_SHARES_RANGE, FLOORS, type LimitPolicy } from '../run/limits.ts';
import { formatSize, parseSize } from '../run/size.ts';

const RESERVED_VARIABLES = /^(?:(?:ENCODED_CODE|ENCODED_FILES|CUSTOM_ENTRYPOINT)$|CODE_RUNNER_)/;
/** The kernel's own limit on one argument or environment string, less the final NUL. */
export const MAX_STRING_BYTES = 131_071;
const MAX_PATTERNS = 100;
const MAX_PATTERN_BYTES = 4095;

/** Text that survives the way into the sandbox unchanged. */
const text = z.string().refine((value) => value.isWellFormed(), 'must not hold lone surrogates');
const argument = text
  .refine((value) => !value.includes('\0'), 'must not hold NUL')
  .refine(isAtMost(MAX_STRING_BYTES), `must be at most ${MAX_STRING_BYTES} bytes`);
const pattern = argument.min(1).refine(isAtMost(MAX_PATTERN_BYTES), `must be at most ${MAX_PATTERN_BYTES} bytes`);
const variableName = argument
  .regex(/^[^=]+$/, 'must not be empty or hold =')
  .refine((name) => !RESERVED_VARIABLES.test(name), 'is reserved');

const encoding = z.enum(['utf-8', 'base64']);
const encoded = z
  .strictObject({ content: text, encoding: encoding.default('utf-8') })
  .refine((value) => value.encoding !== 'base64' || isBase64(value.content), 'content is not base64');
const content = z.union([text, encoded], { error: 'must be text or {content, encoding}' });

function isAtMost(maxBytes: number) {
  return (value: string) => Buffer.byteLength(value) <= maxBytes;
}

interface AtMost {
  readonly count: number;
  readonly message: string;
}

const AT_MOST_STRINGS: AtMost = { count: 65_536, message: 'must be at most 65536' };

/** An array whose length is checked first: zod would gather an issue for every one of a million wrong items. */
function listOf<T extends z.ZodType>(item: T, { count, message }: AtMost) {
  const refuseLong = (input: unknown, context: z.RefinementCtx) => {
    if (Array.isArray(input) && input.length > count) context.addIssue({ code: 'custom', message });
    return input;
  };
  return z.preprocess(refuseLong, z.array(item));
}

/** The same for a record; and zod drops a key named `__proto__` without a word, but nothing a caller sends is dropped here. */
function mapOf<K extends z.ZodType<string, string>, V extends z.ZodType>(key: K, value: V, atMost: AtMost) {
  const refuseOdd = (input: unknown, context: z.RefinementCtx) => {
    if (typeof input !== 'object' || input === null) return input;
    if (Object.keys(input).length > atMost.count) context.addIssue({ code: 'custom', message: atMost.message });
    if (Object.hasOwn(input, '__proto__')) {
      context.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be used as a name' });
    }
    return input;
  };
  return z.preprocess(refuseOdd, z.record(key, value));
}

function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** A field that may be left out; the seed's clients send null for what they leave out. */
function optional<T extends z.ZodType>(schema: T, description: string, fallback?: string | number | boolean) {
  const suffix = fallback === undefined ? '' : ` Default: ${fallback}.`;
  return schema.nullish().openapi({ description: description + suffix });
}

function seconds(bounds: Bounds, ceiling: string) {
  const max = bounds.max / 1000;
  return z.number().positive('must be more than 0').max(max, `must be at most ${max} (${ceiling})`);
}

function size(bounds: Bounds, floor: number, ceiling: string) {
  const max = formatSize(bounds.max);
  return z.string().superRefine((value, context) => {
    const bytes = parseSize(value);
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (bytes === undefined) refuse('must be a size such as 256m');
    else if (bytes < floor) refuse(`must be at least ${formatSize(floor)}`);
    else if (bytes > bounds.max) refuse(`must be at most ${max} (${ceiling})`);
  });
}

/** The body of `POST /run`, with the operator's ceilings in it. */
export function createRunRequestSchema(policy: LimitPolicy) {
  const inSeconds = (bounds: Bounds) => bounds.default / 1000;
  return z
    .strictObject({
      code: optional(
        text,
        "The main source file. Required unless `entrypoint` is given or `files` holds the runtime's main file.",
      ),
      image: optional(z.string(), 'The runtime, as `python` or `code-runner-python`.', 'python'),
      files: optional(
        mapOf(z.string(), content, {
          count: policy.maxFiles,
          message: `must be at most ${policy.maxFiles} files (MAX_FILES)`,
        }),
        'Further files by relative path.',
      ),
      entrypoint: optional(
        argument,
        "A shell command run in the working directory in place of the runtime's own; no compile phase.",
      ),
      args: optional(listOf(argument, AT_MOST_STRINGS), 'argv of the program, byte for byte.'),
      stdin: optional(content, "The program's standard input."),
      environment: optional(mapOf(variableName, argument, AT_MOST_STRINGS), "Added to the program's environment."),
      timeout: optional(
        seconds(policy.timeoutMs, 'MAX_TIMEOUT'),
        'Wall-clock seconds of the run phase.',
        inSeconds(policy.timeoutMs),
      ),
      compile_timeout: optional(
        seconds(policy.compileTimeoutMs, 'MAX_COMPILE_TIMEOUT'),
        'Wall-clock seconds of the compile phase.',
        inSeconds(policy.compileTimeoutMs),
      ),
      cpu_timeout: optional(
        seconds(policy.timeoutMs, 'MAX_TIMEOUT'),
        'CPU seconds of the run phase, all processes together.',
      ),
      mem_limit: optional(
        size(policy.memoryBytes, FLOORS.memoryBytes, 'MAX_MEMORY_MB'),
        'Memory of the whole sandbox, its tmpfs included.',
        formatSize(policy.memoryBytes.default),
      ),
      cpu_shares: optional(
        z.number().int().min(CPU_SHARES_RANGE.min).max(CPU_SHARES_RANGE.max),
        'Relative CPU weight.',
        policy.cpuShares.default,
      ),
      cpus: optional(
        z.number().min(FLOORS.cpus).max(policy.cpus.max, `must be at most ${policy.cpus.max} (MAX_CPU_CORES)`),
        'Ceiling in cores.',
        policy.cpus.default,
      ),
      disk_limit: optional(
        size(policy.diskBytes, FLOORS.diskBytes, 'MAX_DISK_MB'),
        'Size of each writable file system.',
        formatSize(policy.diskBytes.default),
      ),
      pids_limit: optional(
        z.number().int().min(FLOORS.pids).max(policy.pids.max, `must be at most ${policy.pids.max} (MAX_PIDS)`),
        'Processes and threads.',
        policy.pids.default,
      ),
      output_limit: optional(
        size(policy.outputBytes, FLOORS.outputBytes, 'MAX_OUTPUT'),
        'Bytes kept of each output stream.',
        formatSize(policy.outputBytes.default),
      ),
      allow_network: optional(
        z
          .boolean()
          .refine((value) => policy.networkAllowed || !value, 'the operator allows no network (NETWORK_POLICY)'),
        'Whether the program may reach the network.',
        policy.networkDefault,
      ),
      prebuild_spec: z.null().optional().openapi({ description: 'Reserved.' }),
      output_files: optional(
        listOf(pattern, { count: MAX_PATTERNS, message: `must be at most ${MAX_PATTERNS}` }),
        'Paths or globs under the working directory to return.',
      ),
      output_encoding: optional(encoding, 'How stdout, stderr and output files are returned.', 'utf-8'),
    })
    .openapi('RunRequest');
}

export type RunRequestSchema = ReturnType<typeof createRunRequestSchema>;
export type RunRequestBody = z.output<RunRequestSchema>;
export type Encoding = z.output<typeof encoding>;

const usage = z
  .object({
    wall_ms: z.number(),
    cpu_ms: z
      .number()
      .nullable()
      .openapi({ description: 'CPU time of all processes; null where the sandbox could no longer be asked' }),
    memory_peak_bytes: z.number().int().nullable(),
  })
  .openapi('Usage');

const fateStatus = z.enum(['completed', 'signaled', 'timed_out', 'out_of_memory', 'output_limit_exceeded']);
const milliseconds = z.number();

/** The body of an answered `POST /run`. */
export const runResponseSchema = z
  .object({
    run_id: z.string(),
    status: z.enum([...fateStatus.options, 'compile_failed']),
    exit_code: z
      .number()
      .int()
      .openapi({ description: "The program's own; 128+n when signalled, 137 when out of memory, -1 when timed out" }),
    signal: z.string().nullable().openapi({ example: 'SIGSEGV', description: 'Where status is `signaled`' }),
    stdout: z.string(),
    stderr: z.string(),
    stdout_truncated: z.boolean(),
    stderr_truncated: z.boolean(),
    invalid_utf8: z.boolean().openapi({ description: 'Whether invalid sequences were replaced in stdout or stderr' }),
    execution_time: z.number().openapi({
      description: 'Seconds of compile plus run wall time; of a cached compile what finding it took',
    }),
    usage,
    compile: z
      .object({
        status: fateStatus,
        exit_code: z.number().int(),
        stdout: z.string(),
        stderr: z.string(),
        usage,
        cached: z.boolean().openapi({
          description:
            'Whether the same was compiled before and not again; the rest then tells of the compile phase that this run was spared',
        }),
      })
      .nullable(),
    metadata: z
      .unknown()
      .openapi({ description: 'The JSON value that the program wrote to $CODE_RUNNER_METADATA, or null' }),
    output_files: z.record(z.string(), z.object({ content: z.string(), encoding, size: z.number().int() })),
    output_files_omitted: z
      .array(z.object({ path: z.string(), reason: z.string().openapi({ example: 'not_found' }) }))
      .openapi({ description: 'What output_files named and could not be returned' }),
    timings: z.object({
      queue_ms: milliseconds,
      sandbox_ms: milliseconds,
      stage_ms: milliseconds,
      compile_ms: milliseconds,
      run_ms: milliseconds,
      collect_ms: milliseconds,
      total_ms: milliseconds,
    }),
    sandbox: z.enum(['warm', 'cold']),
  })
  .openapi('RunResponse');

export type RunResponseBody = z.output<typeof runResponseSchema>;
