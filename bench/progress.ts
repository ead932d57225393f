const startedAt = performance.now();

/** Prints progress to standard error. Standard output is for results. */
export function logProgress(text: string): void {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stderr.write(`[${String(seconds).padStart(4)} s] ${text}\n`);
}
