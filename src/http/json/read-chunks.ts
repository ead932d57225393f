import { setImmediate } from 'node:timers/promises';

/** Maximum size of a chunk. */
const CHUNK_BYTES = 64 * 1024;
/** After this many bytes the event loop gets a turn, even if the next chunk has already arrived. */
const STRIDE_BYTES = 512 * 1024;

/** Reads a body in chunks that are small enough not to block the event loop. A reader that stops early leaves the rest. */
export async function* readChunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Buffer, void> {
  let sinceBreak = 0;
  for await (const piece of body?.values({ preventCancel: true }) ?? []) {
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
