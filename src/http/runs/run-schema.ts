import { z } from '@hono/zod-openapi';
import { MAX_PATTERNS } from '../../core/draft/check-run.ts';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { atMostItems, MAX_STRINGS } from '../../core/draft/strings.ts';
import { CPU_SHARES_RANGE, FLOORS, type LimitPolicy } from '../../core/limits.ts';
import { formatSize } from '../../core/size.ts';
import {
  type AtMost,
  between,
  content,
  encoding,
  listOf,
  mapOf,
  optional,
  seconds,
  size,
  text,
  wholeBetween,
} from '../fields.ts';
import { extensionFields } from '../prebuilds/prebuild-schema.ts';
import { judgingFields } from './judging-schema.ts';

const atMostStrings: AtMost = { count: MAX_STRINGS, message: atMostItems(MAX_STRINGS) };
const atMostPatterns: AtMost = { count: MAX_PATTERNS, message: atMostItems(MAX_PATTERNS) };

/** The body of `POST /run`: its shape, and for the reader what the operator allows. */
export function createRunRequestSchema(policy: RequestPolicy) {
  const { maxFiles } = policy.limits;
  const atMostFiles = { count: maxFiles, message: atMostItems(maxFiles, 'MAX_FILES') };
  return z
    .strictObject({
      code: optional(
        text(policy.limits.maxCodeBytes),
        'The main source file. Required unless `entrypoint` is given or `files` holds a main file of the runtime.',
      ),
      image: optional(
        text(),
        'The runtime, as `python`, `python3`, `Python` or `code-runner-python`, or a prebuild, as its tag with or without `prebuilt-`.',
        policy.defaultRuntime,
      ),
      files: optional(mapOf(content, atMostFiles), 'Further files by relative path.'),
      entrypoint: optional(
        text(),
        "A shell command run in the working directory in place of the runtime's own; no compile phase.",
      ),
      args: optional(listOf(text(), atMostStrings), 'argv of the program, byte for byte.'),
      stdin: optional(content, "The program's standard input."),
      environment: optional(mapOf(text(), atMostStrings), "Added to the program's environment."),
      ...limitFields(policy.limits),
      ...extensionFields(policy.defaultRuntime),
      output_files: optional(listOf(text(), atMostPatterns), 'Paths or globs under the working directory to return.'),
      output_encoding: optional(encoding, 'How stdout, stderr and output files are returned.', 'utf-8'),
      ...judgingFields(policy),
    })
    .openapi('RunRequest');
}

function limitFields({ timeoutMs, compileTimeoutMs, cpuShares, cpus, pids, networkDefault, ...sizes }: LimitPolicy) {
  return {
    timeout: optional(seconds(timeoutMs), 'Wall-clock seconds of the run phase.', timeoutMs.default / 1000),
    compile_timeout: optional(
      seconds(compileTimeoutMs),
      'Wall-clock seconds of the compile phase.',
      compileTimeoutMs.default / 1000,
    ),
    cpu_timeout: optional(seconds(timeoutMs), 'CPU seconds of the run phase, all processes together.'),
    mem_limit: sizeField(sizes.memoryBytes, 'Memory of the whole sandbox, its tmpfs included.'),
    cpu_shares: optional(
      wholeBetween(CPU_SHARES_RANGE.min, CPU_SHARES_RANGE.max),
      'Relative CPU weight.',
      cpuShares.default,
    ),
    cpus: optional(between(FLOORS.cpus, cpus.max), 'Ceiling in cores.', cpus.default),
    disk_limit: sizeField(sizes.diskBytes, 'Size of each writable file system.'),
    pids_limit: optional(wholeBetween(FLOORS.pids, pids.max), 'Processes and threads.', pids.default),
    output_limit: sizeField(sizes.outputBytes, 'Bytes kept of each output stream.'),
    allow_network: optional(z.boolean(), 'Whether the program may reach the network.', networkDefault),
  };
}

function sizeField(bounds: { readonly default: number; readonly max: number }, description: string) {
  return optional(size, `${description} At most ${formatSize(bounds.max)}.`, formatSize(bounds.default));
}

export type RunRequestSchema = ReturnType<typeof createRunRequestSchema>;
export type RunRequestBody = z.output<RunRequestSchema>;
