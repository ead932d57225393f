/** Milliseconds as the log tells them. */
export function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
