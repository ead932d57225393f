const MAX_ECHO_BYTES = 200;

/** As much of a name that a caller chose as is told back: enough to find it, and never a body's worth. */
export function cutEcho(text: string): string {
  if (text.length <= MAX_ECHO_BYTES && Buffer.byteLength(text) <= MAX_ECHO_BYTES) return text;
  const bytes = Buffer.from(text.slice(0, MAX_ECHO_BYTES)).subarray(0, MAX_ECHO_BYTES);
  return `${new TextDecoder().decode(bytes, { stream: true })}…`;
}
