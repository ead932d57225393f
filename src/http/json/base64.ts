import { setImmediate } from 'node:timers/promises';

/** Bytes decoded between turns of the event loop; a multiple of four. */
const STRIDE_BYTES = 512 * 1024;
const BASE64 = /^[A-Za-z0-9+/]*$/;
const BASE64_WITH_PADDING = /^[A-Za-z0-9+/]*={0,2}$/;

/** Decodes base64, giving the event loop turns in between. Returns `undefined` if the text is not base64. */
export async function decodeBase64(text: Buffer): Promise<Buffer | undefined> {
  if (text.length % 4 !== 0) return undefined;
  const decoded: Buffer[] = [];
  for (let from = 0; from < text.length; from += STRIDE_BYTES) {
    const part = text.toString('latin1', from, from + STRIDE_BYTES);
    const isLast = from + STRIDE_BYTES >= text.length;
    if (!(isLast ? BASE64_WITH_PADDING : BASE64).test(part)) return undefined;
    decoded.push(Buffer.from(part, 'base64'));
    await setImmediate();
  }
  return decoded.length === 1 ? decoded[0] : Buffer.concat(decoded);
}
