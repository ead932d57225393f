import { setImmediate } from 'node:timers/promises';

/** If a client reads nothing of its response for this long, the response is cancelled. */
const STALLED_MS = 30_000;
/** After this many bytes the event loop gets a turn, however fast the client reads. */
const STRIDE_BYTES = 512 * 1024;

/** Streams a response as fast as the client reads it. Calls `onEnd` once, when nothing of it is held in memory any more. */
export function responseStream(pieces: Iterator<Buffer, void>, onEnd: () => void): ReadableStream<Uint8Array> {
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
          stream.error(new Error('the client does not read its response'));
        }, STALLED_MS);
        stream.enqueue(value);
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}
