/** Rounds milliseconds for the log. */
export function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
