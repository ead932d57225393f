import type { SourceFile } from '../core/request.ts';
import type { StartAheadRules } from './manifest.ts';

/** Larger programs are not searched: it would take longer than it could save. */
const MAX_SEARCHED_BYTES = 1024 * 1024;

/** Whether a program must not be started before its files are there. */
export function needsOwnStart(files: readonly SourceFile[], rules: StartAheadRules): boolean {
  return hasFile(files, rules.unless_files) || mentions(files, rules.unless_mentioned);
}

/** A folder of that name counts as well. */
function hasFile(files: readonly SourceFile[], names: readonly string[]): boolean {
  return names.some((name) => files.some(({ path }) => `${path}/`.startsWith(`${name}/`)));
}

function mentions(files: readonly SourceFile[], texts: readonly string[]): boolean {
  if (texts.length === 0) return false;
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  return bytes > MAX_SEARCHED_BYTES || files.some(({ content }) => contains(content, texts));
}

function contains({ buffer, byteOffset, length }: Uint8Array, texts: readonly string[]): boolean {
  const bytes = Buffer.from(buffer, byteOffset, length);
  return texts.some((text) => bytes.includes(text));
}
