/**
 * Docker's multiplexed attach stream: stream (1 byte), 3 zero bytes, length (4 bytes, big-endian), payload.
 * Payload is passed on as it arrives, so that only an incomplete header is ever held.
 * Source: Docker Engine API, `POST /containers/{id}/attach`, "Stream format".
 */

const HEADER_BYTES = 8;
const STDOUT = 1;
const STDERR = 2;

export interface DemuxSinks {
  /** While a returned promise is pending, it is not called again. */
  stdout(chunk: Buffer): void | Promise<void>;
  stderr(chunk: Buffer): void;
}

export class Demux {
  readonly #sinks: DemuxSinks;
  #header: Buffer = Buffer.alloc(0);
  #stream = STDOUT;
  #missingBytes = 0;

  constructor(sinks: DemuxSinks) {
    this.#sinks = sinks;
  }

  /**
   * Takes the next bytes of the stream. If it returns a promise, the caller must not pass more bytes before that resolves. Throws or
   * rejects on an invalid header.
   */
  push(chunk: Buffer): void | Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      if (this.#missingBytes === 0) {
        rest = this.#takeHeader(rest);
        continue;
      }
      const piece = rest.subarray(0, this.#missingBytes);
      this.#missingBytes -= piece.length;
      rest = rest.subarray(piece.length);
      const waiting = this.#passOn(piece);
      if (waiting) return waiting.then(() => this.push(rest));
    }
  }

  /** Whether the stream may end here. */
  get atBoundary(): boolean {
    return this.#missingBytes === 0 && this.#header.length === 0;
  }

  #passOn(piece: Buffer): void | Promise<void> {
    if (this.#stream === STDOUT) return this.#sinks.stdout(piece);
    this.#sinks.stderr(piece);
  }

  #takeHeader(bytes: Buffer): Buffer {
    const wanted = HEADER_BYTES - this.#header.length;
    const header = this.#header.length === 0 ? bytes : Buffer.concat([this.#header, bytes.subarray(0, wanted)]);
    if (header.length < HEADER_BYTES) {
      this.#header = header;
      return bytes.subarray(bytes.length);
    }
    this.#header = Buffer.alloc(0);
    const stream = header[0];
    if (stream !== STDOUT && stream !== STDERR) throw new Error(`attach stream: unknown stream ${stream}`);
    this.#stream = stream;
    this.#missingBytes = header.readUInt32BE(4);
    return bytes.subarray(wanted);
  }
}
