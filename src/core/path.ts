/** Paths of the files that a caller sends: always relative to the working directory, and inside it. */

declare const safe: unique symbol;

/** A relative path without `..`, empty or over-long segments. Only `safePath` makes one. */
export type SafePath = string & { readonly [safe]: true };

const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 4095;

/** The normalised path (`./a//b` becomes `a/b`), or `undefined` if it is not safe. */
export function safePath(path: string): SafePath | undefined {
  if (path === '' || path.startsWith('/') || path.includes('\0') || !path.isWellFormed()) return undefined;
  if (path.endsWith('/') || Buffer.byteLength(path) > MAX_PATH_BYTES) return undefined;
  const segments = path.split('/').filter((segment) => segment !== '.' && segment !== '');
  if (segments.length === 0 || !segments.every(isSafeSegment)) return undefined;
  return segments.join('/') as SafePath;
}

function isSafeSegment(segment: string): boolean {
  return segment !== '..' && Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES;
}

/** A path that occurs twice or needs another path to be a directory, or `undefined` if there is no conflict. */
export function conflictingPath(paths: readonly SafePath[]): SafePath | undefined {
  // With a trailing slash on each path, everything beneath a path sorts directly after it.
  const sorted = paths.map((path) => `${path}/`).sort();
  const conflict = sorted.find((path, index) => index > 0 && path.startsWith(sorted[index - 1] ?? path));
  return conflict?.slice(0, -1) as SafePath | undefined;
}
