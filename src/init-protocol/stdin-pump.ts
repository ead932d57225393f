import type { InputSink, LiveInput } from '../core/command.ts';
import { Deferred } from '../core/deferred.ts';
import { ByteQueue } from './byte-queue.ts';
import { encodeFrame, IN, STDIN_WINDOW_BYTES } from './codec.ts';

/** If more than this waits here, the writer has to wait too. It is as much as a pipe holds. */
export const STDIN_WAITING_BYTES = 1024 * 1024;

/**
 * Sends a program's standard input, at most one window ahead of what sandbox-init has acknowledged. Input waits here while the window
 * is closed.
 */
export class StdinPump implements InputSink {
  readonly #send: (frame: Buffer) => unknown;
  readonly #waiting = new ByteQueue();
  #windowBytes = STDIN_WINDOW_BYTES;
  #state: 'early' | 'open' | 'over' = 'early';
  #isEnding = false;
  /** Resolves when the writer may continue. */
  #writable: Deferred | undefined;

  constructor(input: Uint8Array | LiveInput, send: (frame: Buffer) => unknown) {
    this.#send = send;
    if (!(input instanceof Uint8Array)) input.flowTo(this);
    else if (input.length > 0) {
      void this.write(input);
      this.end();
    }
  }

  /** Starts sending, because the program is about to run. */
  open(): void {
    this.#state = 'open';
    this.#flow();
  }

  /** Returns a promise while too much input waits. Input for a program that has ended is dropped. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#state === 'over') return;
    this.#waiting.add(bytes);
    this.#flow();
    if (this.#waiting.length <= STDIN_WAITING_BYTES) return;
    this.#writable ??= new Deferred();
    return this.#writable.promise;
  }

  /** Sends end-of-file after the last byte. */
  end(): void {
    this.#isEnding = true;
    this.#flow();
  }

  acknowledge(bytes: number): void {
    this.#windowBytes += bytes;
    this.#flow();
  }

  /** Call when the program has ended. Nothing more is sent. */
  close(): void {
    this.#state = 'over';
    this.#waiting.take(this.#waiting.length);
    this.#resumeWriter();
  }

  #flow(): void {
    if (this.#state !== 'open') return;
    while (this.#waiting.length > 0 && this.#windowBytes > 0) {
      const piece = this.#waiting.take(this.#windowBytes);
      this.#windowBytes -= piece.length;
      this.#send(encodeFrame(IN.stdin, piece));
    }
    if (this.#waiting.length <= STDIN_WAITING_BYTES) this.#resumeWriter();
    if (this.#waiting.length > 0 || !this.#isEnding) return;
    this.#send(encodeFrame(IN.stdin));
    this.#state = 'over';
  }

  #resumeWriter(): void {
    this.#writable?.resolve();
    this.#writable = undefined;
  }
}
