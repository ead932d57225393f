const MAX_ECHO_BYTES = 200;

/** Cuts a name that a caller chose before it goes into a message, so that a huge name is not sent back whole. */
export function cutEcho(text: string): string {
  if (text.length <= MAX_ECHO_BYTES && Buffer.byteLength(text) <= MAX_ECHO_BYTES) return text;
  const bytes = Buffer.from(text.slice(0, MAX_ECHO_BYTES)).subarray(0, MAX_ECHO_BYTES);
  return `${new TextDecoder().decode(bytes, { stream: true })}…`;
}
