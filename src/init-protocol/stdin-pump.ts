import type { InputSink, LiveInput } from '../core/command.ts';
import { Deferred } from '../core/deferred.ts';
import { ByteQueue } from './byte-queue.ts';
import { encodeFrame, IN, STDIN_WINDOW_BYTES } from './codec.ts';

/** What may wait here before whoever writes is asked to wait too: as much as a program's own pipe holds. */
export const STDIN_WAITING_BYTES = 1024 * 1024;

/**
 * Sends a program's standard input, never more than the window ahead of what sandbox-init has acknowledged. What comes while the
 * window is closed waits here.
 */
export class StdinPump implements InputSink {
  readonly #send: (frame: Buffer) => unknown;
  readonly #waiting = new ByteQueue();
  #windowBytes = STDIN_WINDOW_BYTES;
  #state: 'early' | 'open' | 'over' = 'early';
  #isEnding = false;
  /** Resolves when what waits is little again. */
  #room: Deferred | undefined;

  constructor(input: Uint8Array | LiveInput, send: (frame: Buffer) => unknown) {
    this.#send = send;
    if (!(input instanceof Uint8Array)) input.flowTo(this);
    else if (input.length > 0) {
      void this.write(input);
      this.end();
    }
  }

  /** From now on bytes are sent: the program is about to run. */
  open(): void {
    this.#state = 'open';
    this.#flow();
  }

  /** A promise is pending while much waits; nobody waits for a program that has ended. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#state === 'over') return;
    this.#waiting.add(bytes);
    this.#flow();
    if (this.#waiting.length <= STDIN_WAITING_BYTES) return;
    this.#room ??= new Deferred();
    return this.#room.promise;
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
    this.#makeRoom();
  }

  #flow(): void {
    if (this.#state !== 'open') return;
    while (this.#waiting.length > 0 && this.#windowBytes > 0) {
      const piece = this.#waiting.take(this.#windowBytes);
      this.#windowBytes -= piece.length;
      this.#send(encodeFrame(IN.stdin, piece));
    }
    if (this.#waiting.length <= STDIN_WAITING_BYTES) this.#makeRoom();
    if (this.#waiting.length > 0 || !this.#isEnding) return;
    this.#send(encodeFrame(IN.stdin));
    this.#state = 'over';
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
