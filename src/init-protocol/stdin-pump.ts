import type { InputSink, LiveInput } from '../core/command.ts';
import { ByteQueue } from './byte-queue.ts';
import { encodeFrame, IN, STDIN_WINDOW_BYTES } from './codec.ts';

/**
 * Sends a program's standard input, never more than the window ahead of what sandbox-init has acknowledged. What comes while the
 * window is closed waits here; whoever writes bounds how much that is.
 */
export class StdinPump implements InputSink {
  readonly #send: (frame: Buffer) => void;
  readonly #waiting = new ByteQueue();
  #windowBytes = STDIN_WINDOW_BYTES;
  #state: 'early' | 'open' | 'over' = 'early';
  #isEnding = false;

  constructor(input: Uint8Array | LiveInput, send: (frame: Buffer) => void) {
    this.#send = send;
    if (!(input instanceof Uint8Array)) input.flowTo(this);
    else if (input.length > 0) {
      this.write(input);
      this.end();
    }
  }

  /** From now on bytes are sent: the program is about to run. */
  open(): void {
    this.#state = 'open';
    this.#flow();
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== 'over') this.#waiting.add(bytes);
    this.#flow();
  }

  /** End-of-file follows the last byte. */
  end(): void {
    this.#isEnding = true;
    this.#flow();
  }

  acknowledge(bytes: number): void {
    this.#windowBytes += bytes;
    this.#flow();
  }

  /** The program has ended: nothing is sent any more. */
  close(): void {
    this.#state = 'over';
    this.#waiting.take(this.#waiting.length);
  }

  #flow(): void {
    if (this.#state !== 'open') return;
    while (this.#waiting.length > 0 && this.#windowBytes > 0) {
      const piece = this.#waiting.take(this.#windowBytes);
      this.#windowBytes -= piece.length;
      this.#send(encodeFrame(IN.stdin, piece));
    }
    if (this.#waiting.length > 0 || !this.#isEnding) return;
    this.#send(encodeFrame(IN.stdin));
    this.#state = 'over';
  }
}
