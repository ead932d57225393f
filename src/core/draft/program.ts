import type { Limits } from '../limits.ts';
import { conflictingPath, safePath } from '../path.ts';
import type { ProgramRequest, SourceFile } from '../request.ts';
import type { ProgramDraft, RequestPolicy } from './draft.ts';
import { atMostItems, checkEnvironment, checkStrings, MAX_STRINGS, stringProblem, textProblem } from './strings.ts';
import type { Violations } from './violations.ts';

export const FILENAME_FORM =
  'must be a relative path without .., with at most 255 bytes per segment, and must not be used twice or lie beneath another file';

/** Checks the program of a draft, without its limits. */
export function checkProgram(
  draft: ProgramDraft,
  { limits: policy, defaultRuntime, isolation }: RequestPolicy,
  found: Violations,
): Omit<ProgramRequest, 'limits'> {
  const { code, entrypoint, args, environment, stdin } = draft;
  const files = checkFiles(draft.files ?? {}, policy.maxFiles, found);
  if (code) found.addIf(['code'], textProblem(code));
  if (entrypoint) found.addIf(['entrypoint'], stringProblem(entrypoint));
  if (args) checkStrings(args, ['args'], { maxItems: MAX_STRINGS, found });
  if (environment) checkEnvironment(environment, found);
  checkCodeBytes(['code'], codeBytes(code ?? '', files), { maxBytes: policy.maxCodeBytes, found });
  const { maxStdinBytes } = policy;
  if (stdin && stdin.length > maxStdinBytes)
    found.add(['stdin'], `must be at most ${maxStdinBytes} bytes (MAX_STDIN_BYTES)`, 'too_large');
  return {
    runtime: draft.runtime ?? defaultRuntime,
    code: code || undefined,
    files,
    entrypoint: entrypoint || undefined,
    args: args ?? [],
    stdin: stdin ?? Buffer.alloc(0),
    environment: environment ?? {},
    isolation: draft.isolation ?? isolation,
  };
}

interface CodeRule {
  readonly maxBytes: number;
  readonly found: Violations;
}

/** Checks the size of the sources of a program, checker or interactor. */
export function checkCodeBytes(at: readonly string[], bytes: number, { maxBytes, found }: CodeRule): void {
  const message = `{code} and {files} together must be at most ${maxBytes} bytes (MAX_CODE_BYTES)`;
  if (bytes > maxBytes) found.add(at, message, 'code_too_large');
}

function codeBytes(code: string, files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + file.content.length, Buffer.byteLength(code));
}

function checkFiles(files: Readonly<Record<string, Buffer>>, maxFiles: number, found: Violations): SourceFile[] {
  const entries = Object.entries(files);
  if (entries.length > maxFiles) {
    found.add(['files'], atMostItems(maxFiles, 'MAX_FILES'));
    return [];
  }
  const sources = entries.flatMap(([name, content]): SourceFile[] => {
    const path = safePath(name);
    if (path !== undefined) return [{ path, content }];
    found.add(['files', { key: name }], FILENAME_FORM, 'bad_filename');
    return [];
  });
  const conflict = conflictingPath(sources.map((file) => file.path));
  if (conflict !== undefined) found.add(['files', { key: conflict }], FILENAME_FORM, 'bad_filename');
  return sources;
}

interface SizedProgram {
  readonly program: Pick<ProgramRequest, 'code' | 'files'>;
  readonly limits: Limits;
}

/**
 * Checks that the files fit. On a tmpfs, a file takes whole pages plus, at worst, one page for its directory entry. These pages count
 * as memory, and at least half of the memory must be left for the program.
 */
export function checkDiskForFiles({ program: { code = '', files }, limits }: SizedProgram, found: Violations): void {
  const pages = (bytes: number) => Math.ceil(bytes / 4096) + 1;
  const neededBytes =
    4096 * files.reduce((sum, file) => sum + pages(file.content.length), pages(Buffer.byteLength(code)));
  const tooSmall = (bytes: number) => `is too small for {code} and {files}, which need ${bytes} bytes`;
  if (neededBytes > limits.diskBytes) found.add(['diskBytes'], tooSmall(neededBytes));
  else if (2 * neededBytes > limits.memoryBytes) found.add(['memoryBytes'], tooSmall(2 * neededBytes));
}
