import { setImmediate } from 'node:timers/promises';

/** Handed on in one go. */
const CHUNK_BYTES = 64 * 1024;
/** After so many bytes others have their turn, even where the next chunk is there already. */
const STRIDE_BYTES = 512 * 1024;

/** The bytes of a body in pieces small enough to be looked at without anybody noticing. */
export async function* readChunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Buffer, void> {
  let sinceBreak = 0;
  for await (const piece of body ?? []) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
      yield bytes.subarray(from, from + CHUNK_BYTES);
      sinceBreak += CHUNK_BYTES;
      if (sinceBreak < STRIDE_BYTES) continue;
      sinceBreak = 0;
      await setImmediate();
    }
  }
}
