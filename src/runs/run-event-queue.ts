import type { OutputStream } from '../core/command.ts';
import { Deferred } from '../core/deferred.ts';
import { GrowingBytes } from '../core/growing-bytes.ts';
import type { OutputPiece, RunEvent, RunEvents } from '../core/run-events.ts';

/** Output that waits for the reader before the program is held up. What is published next may exceed it. */
const MAX_WAITING_BYTES = 64 * 1024;
/** With the beginning of a character that the reader still has from the chunk before, a chunk is 64 KiB. */
const CHUNK_BYTES = 64 * 1024 - 3;
/** Output that follows other output is gathered for this long, unless something else follows or the chunk is full. */
const GATHER_MS = 20;

type Gathered = Omit<OutputPiece, 'bytes'> & { readonly kind: 'output'; readonly bytes: GrowingBytes };
type Waiting = Exclude<RunEvent, { kind: 'output' }> | Gathered;

/** The events of one run on their way to one reader. Output is copied and gathered, and its amount is limited; all other events are few. */
export class RunEventQueue implements RunEvents {
  readonly mayHoldMs: number;
  readonly #begun = new Deferred();
  #waiting: Waiting[] = [];
  /** The last output of each stream, while nothing else has been published since. */
  readonly #growing = new Map<OutputStream, Gathered>();
  #waitingBytes = 0;
  #room: Deferred | undefined;
  #hasEnded = false;
  #onChange = () => {};

  constructor(mayHoldMs: number) {
    this.mayHoldMs = mayHoldMs;
  }

  /** Resolves when the first event has been published. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  publish(event: RunEvent): void | Promise<void> {
    if (this.#hasEnded) return;
    if (event.kind === 'output') this.#gather(event);
    else this.#push(event);
    this.#begun.resolve();
    this.#onChange();
    if (event.kind !== 'output' || this.#waitingBytes < MAX_WAITING_BYTES) return;
    this.#room ??= new Deferred();
    return this.#room.promise;
  }

  /** No more events follow. */
  end(): void {
    this.#hasEnded = true;
    this.#onChange();
  }

  /** Drops everything, because the reader has left. */
  discard(): void {
    this.#waiting = [];
    this.#freed(this.#waitingBytes);
    this.end();
  }

  /** Yields every event until the end. May be called once. */
  async *read(): AsyncGenerator<RunEvent, void> {
    for (;;) {
      const event = this.#take();
      if (event) yield event;
      else if (this.#hasEnded) return;
      else await this.#until(() => this.#waiting.length > 0);
      if (event?.kind === 'output') await this.#until(() => this.#isComplete, GATHER_MS);
    }
  }

  #push(event: Exclude<RunEvent, { kind: 'output' }>): void {
    this.#growing.clear();
    this.#waiting.push(event);
  }

  #gather(piece: { readonly kind: 'output' } & OutputPiece): void {
    for (let rest = piece.bytes; rest.length > 0; ) {
      const chunk = this.#growing.get(piece.stream) ?? this.#begin(piece);
      const fitting = rest.subarray(0, CHUNK_BYTES - chunk.bytes.length);
      chunk.bytes.append(fitting);
      if (chunk.bytes.length === CHUNK_BYTES) this.#growing.delete(piece.stream);
      rest = rest.subarray(fitting.length);
    }
    this.#waitingBytes += piece.bytes.length;
  }

  #begin(piece: { readonly kind: 'output' } & OutputPiece): Gathered {
    const chunk = { ...piece, bytes: new GrowingBytes() };
    this.#growing.set(piece.stream, chunk);
    this.#waiting.push(chunk);
    return chunk;
  }

  #take(): RunEvent | undefined {
    const next = this.#waiting.shift();
    if (next?.kind !== 'output') return next;
    if (this.#growing.get(next.stream) === next) this.#growing.delete(next.stream);
    this.#freed(next.bytes.length);
    return { ...next, bytes: next.bytes.bytes };
  }

  #freed(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#waitingBytes >= MAX_WAITING_BYTES) return;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Whether waiting longer would not make the next chunk larger. */
  get #isComplete(): boolean {
    return this.#waiting.length > this.#growing.size;
  }

  /** Resolves when `isReady` or the queue has ended, at the latest after this time. */
  #until(isReady: () => boolean, withinMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.#onChange = () => {};
        resolve();
      };
      const timer = withinMs === undefined ? undefined : setTimeout(settle, withinMs);
      this.#onChange = () => {
        if (this.#hasEnded || isReady()) settle();
      };
      this.#onChange();
    });
  }
}
