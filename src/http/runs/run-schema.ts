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

/** The request body of `POST /run`: its shape and, for documentation, the operator's limits. */
export function createRunRequestSchema(policy: RequestPolicy) {
  const { maxFiles } = policy.limits;
  const atMostFiles = { count: maxFiles, message: atMostItems(maxFiles, 'MAX_FILES') };
  return z
    .strictObject({
      code: optional(
        text(policy.limits.maxCodeBytes),
        'The main source file. Required unless `entrypoint` is given or `files` contains a main file of the runtime.',
      ),
      image: optional(
        text(),
        'The runtime (`python`, `python3`, `Python`, `code-runner-python`, …) or the tag of a prebuild, with or without `prebuilt-`.',
        policy.defaultRuntime,
      ),
      files: optional(mapOf(content, atMostFiles), 'More files, by relative path.'),
      entrypoint: optional(
        text(),
        "A shell command to run in the working directory instead of the runtime's own command. There is no compile phase.",
      ),
      args: optional(listOf(text(), atMostStrings), 'Arguments of the program, passed on byte for byte.'),
      stdin: optional(content, "The program's standard input."),
      environment: optional(mapOf(text(), atMostStrings), "Variables to add to the program's environment."),
      isolation: optional(
        z.enum(['container'], { error: 'must be "container"' }),
        '`container`: a container of its own, even where runs of a tenant share one (`ISOLATION`).',
      ),
      ...limitFields(policy.limits),
      ...extensionFields(policy.defaultRuntime),
      output_files: optional(
        listOf(text(), atMostPatterns),
        'Files to return: paths or globs relative to the working directory.',
      ),
      output_encoding: optional(encoding, 'How stdout, stderr and output files are returned.', 'utf-8'),
      ...judgingFields(policy),
    })
    .openapi('RunRequest');
}

function limitFields({ timeoutMs, compileTimeoutMs, cpuShares, cpus, pids, networkDefault, ...sizes }: LimitPolicy) {
  return {
    timeout: optional(seconds(timeoutMs), 'Wall-clock limit of the run phase in seconds.', timeoutMs.default / 1000),
    compile_timeout: optional(
      seconds(compileTimeoutMs),
      'Wall-clock limit of the compile phase in seconds.',
      compileTimeoutMs.default / 1000,
    ),
    cpu_timeout: optional(
      seconds(timeoutMs),
      'Limit of the CPU time of the run phase in seconds, summed over all processes.',
    ),
    mem_limit: sizeField(sizes.memoryBytes, 'Memory limit of the whole sandbox, including its files.'),
    cpu_shares: optional(
      wholeBetween(CPU_SHARES_RANGE.min, CPU_SHARES_RANGE.max),
      'Relative CPU weight.',
      cpuShares.default,
    ),
    cpus: optional(between(FLOORS.cpus, cpus.max), 'Maximum number of cores.', cpus.default),
    disk_limit: sizeField(sizes.diskBytes, 'Size of each writable file system.'),
    pids_limit: optional(wholeBetween(FLOORS.pids, pids.max), 'Maximum number of processes and threads.', pids.default),
    output_limit: sizeField(sizes.outputBytes, 'Bytes kept of each output stream.'),
    allow_network: optional(z.boolean(), 'Whether the program may use the network.', networkDefault),
  };
}

function sizeField(bounds: { readonly default: number; readonly max: number }, description: string) {
  return optional(size, `${description} At most ${formatSize(bounds.max)}.`, formatSize(bounds.default));
}

export type RunRequestSchema = ReturnType<typeof createRunRequestSchema>;
export type RunRequestBody = z.output<RunRequestSchema>;
