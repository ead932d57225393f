import type { ProgramRequest } from '../../core/request.ts';
import { invalid } from '../content-wire.ts';
import { MAX_STRING_BYTES } from '../fields.ts';

/** What only the whole of a program shows: whether it fits into its limits. */

/** All arguments and variables of a program together; the kernel takes no more with its usual stack limit. */
const MAX_STRINGS_BYTES = 512 * 1024;
/** What each of them takes beside its bytes: a pointer and a final NUL. */
const STRING_OVERHEAD_BYTES = 9;

export function requireStringsWithinLimits({ args, environment, entrypoint = '' }: ProgramRequest): void {
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
export function requireDiskForFiles({ code = '', files, limits }: ProgramRequest): void {
  const pages = (bytes: number) => Math.ceil(bytes / 4096) + 1;
  const neededBytes =
    4096 * files.reduce((sum, file) => sum + pages(file.content.length), pages(Buffer.byteLength(code)));
  if (neededBytes > limits.diskBytes) throw invalid('/disk_limit', 'is too small for code and files');
  if (2 * neededBytes > limits.memoryBytes) throw invalid('/mem_limit', 'is too small for code and files');
}
