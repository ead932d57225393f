import { z } from '@hono/zod-openapi';
import { type Bounds, CPU_SHARES_RANGE, FLOORS, type LimitPolicy } from '../../core/limits.ts';
import { formatSize } from '../../core/size.ts';
import {
  AT_MOST_STRINGS,
  argument,
  content,
  encoding,
  isAtMost,
  listOf,
  mapOf,
  optional,
  seconds,
  size,
  text,
} from '../fields.ts';
import { extensionFields } from '../prebuilds/prebuild-schema.ts';
import { judgingFields } from './judging-schema.ts';

const RESERVED_VARIABLES = /^(?:(?:ENCODED_CODE|ENCODED_FILES|CUSTOM_ENTRYPOINT)$|CODE_RUNNER_)/;
const MAX_PATTERNS = 100;
const MAX_PATTERN_BYTES = 4095;

const pattern = argument.min(1).refine(isAtMost(MAX_PATTERN_BYTES), `must be at most ${MAX_PATTERN_BYTES} bytes`);
const variableName = argument
  .regex(/^[^=]+$/, 'must not be empty or hold =')
  .refine((name) => !RESERVED_VARIABLES.test(name), 'is reserved');

/** The body of `POST /run`, with the operator's ceilings in it. */
export function createRunRequestSchema(policy: LimitPolicy, hasPrebuilds: boolean) {
  const inSeconds = (bounds: Bounds) => bounds.default / 1000;
  return z
    .strictObject({
      code: optional(
        text,
        "The main source file. Required unless `entrypoint` is given or `files` holds the runtime's main file.",
      ),
      image: optional(
        z.string(),
        'The runtime, as `python` or `code-runner-python`, or a prebuild, as its tag with or without `prebuilt-`.',
        'python',
      ),
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
      ...extensionFields(hasPrebuilds),
      output_files: optional(
        listOf(pattern, { count: MAX_PATTERNS, message: `must be at most ${MAX_PATTERNS}` }),
        'Paths or globs under the working directory to return.',
      ),
      output_encoding: optional(encoding, 'How stdout, stderr and output files are returned.', 'utf-8'),
      ...judgingFields(policy),
    })
    .openapi('RunRequest');
}

export type RunRequestSchema = ReturnType<typeof createRunRequestSchema>;
export type RunRequestBody = z.output<RunRequestSchema>;
