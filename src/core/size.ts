/** Sizes with units, such as `256m`, `256M`, `256mb`, `256Mi`, `256MiB`, `1g`, `64k`, or plain numbers of bytes. */

const UNIT_BYTES = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/** The syntax of a size, for validation and documentation. Every unit is a power of 1024. */
export const SIZE_PATTERN = /^(\d{1,12})(?:[bB]|([kKmMgG])[iI]?[bB]?)?$/;

/** Converts a size such as `256m` to bytes. Returns `undefined` if it is not a size. */
export function parseSize(size: string | number): number | undefined {
  if (typeof size === 'number') return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
  const match = SIZE_PATTERN.exec(size);
  if (!match) return undefined;
  const unit = (match[2] ?? 'b').toLowerCase() as keyof typeof UNIT_BYTES;
  return Number(match[1]) * UNIT_BYTES[unit];
}

/** Formats a number of bytes in its shortest exact form: 268435456 becomes `256m`. */
export function formatSize(bytes: number): string {
  for (const unit of ['g', 'm', 'k'] as const) {
    if (bytes >= UNIT_BYTES[unit] && bytes % UNIT_BYTES[unit] === 0) return `${bytes / UNIT_BYTES[unit]}${unit}`;
  }
  return String(bytes);
}
