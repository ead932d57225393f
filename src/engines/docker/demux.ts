/**
 * Docker's multiplexed attach stream: stream (1 byte), 3 zero bytes, length (4 bytes, big-endian), payload.
 * Payload is handed on as it arrives, so that nothing but an incomplete header is ever held.
 * Source: Docker Engine API, `POST /containers/{id}/attach`, "Stream format".
 */

const HEADER_BYTES = 8;
const STDOUT = 1;
const STDERR = 2;

export interface DemuxSinks {
  stdout(chunk: Buffer): void;
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

  /** Takes the next bytes of the stream. Throws on a header that Docker never writes. */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#missingBytes > 0 ? this.#takePayload(rest) : this.#takeHeader(rest);
  }

  /** Whether the stream may end here. */
  get atBoundary(): boolean {
    return this.#missingBytes === 0 && this.#header.length === 0;
  }

  #takePayload(bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, this.#missingBytes);
    this.#missingBytes -= piece.length;
    if (this.#stream === STDOUT) this.#sinks.stdout(piece);
    else this.#sinks.stderr(piece);
    return bytes.subarray(piece.length);
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
