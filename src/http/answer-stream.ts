import { setImmediate } from 'node:timers/promises';

/** A client that takes nothing of its answer for so long is given up. */
const STALLED_MS = 30_000;
/** After so many bytes others have their turn, however fast the client reads. */
const STRIDE_BYTES = 512 * 1024;

/** Streams an answer at the client's pace. `onEnd` hears, once, that nothing of it is held any more. */
export function answerStream(pieces: Iterator<Buffer, void>, onEnd: () => void): ReadableStream<Uint8Array> {
  let stalled: NodeJS.Timeout | undefined;
  let sinceBreak = 0;
  const end = () => {
    clearTimeout(stalled);
    onEnd();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        clearTimeout(stalled);
        if (sinceBreak > STRIDE_BYTES) {
          sinceBreak = 0;
          await setImmediate();
        }
        const { value, done } = pieces.next();
        if (done) {
          end();
          stream.close();
          return;
        }
        sinceBreak += value.length;
        stalled = setTimeout(() => {
          end();
          stream.error(new Error('the client does not read its answer'));
        }, STALLED_MS);
        stream.enqueue(value);
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}
