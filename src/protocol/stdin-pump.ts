import { encodeFrame, IN, STDIN_WINDOW_BYTES } from './codec.ts';

/** Sends a program's standard input, never more than the window ahead of what sandbox-init has acknowledged. */
export class StdinPump {
  readonly #send: (frame: Buffer) => void;
  #rest: Uint8Array;
  #windowBytes = STDIN_WINDOW_BYTES;

  constructor(bytes: Uint8Array, send: (frame: Buffer) => void) {
    this.#rest = bytes;
    this.#send = send;
  }

  /** Sends what the window allows, and end-of-file behind the last byte. */
  pump(): void {
    if (this.#rest.length === 0 || this.#windowBytes === 0) return;
    const piece = this.#rest.subarray(0, this.#windowBytes);
    this.#rest = this.#rest.subarray(piece.length);
    this.#windowBytes -= piece.length;
    this.#send(encodeFrame(IN.stdin, piece));
    if (this.#rest.length === 0) this.#send(encodeFrame(IN.stdin));
  }

  acknowledge(bytes: number): void {
    this.#windowBytes += bytes;
    this.pump();
  }
}
