import type { OutputStream } from '../core/command.ts';
import type { Execution, SandboxOrigin } from '../core/result.ts';
import type { Place, RunEvents } from '../core/run-events.ts';

const STREAMS = ['stdout', 'stderr'] as const;
/** What the reader has missed is published in pieces of this size. */
const PIECE_BYTES = 64 * 1024;

export interface PhaseFeedOptions {
  readonly place: Place;
  readonly sandbox: SandboxOrigin;
  readonly events: RunEvents;
  /**
   * Whether a slow reader holds up the program. Otherwise the reader misses output, and gets it at the end of the phase. That is for programs
   * that others wait for.
   */
  readonly holdsUp: boolean;
}

/** Publishes one phase of a run: its start and its output while it runs. */
export class PhaseFeed {
  readonly #options: PhaseFeedOptions;
  #startedAt: number | undefined;
  #publishedBytes = { stdout: 0, stderr: 0 };
  /** The streams of which the reader has missed output. */
  #missed = new Set<OutputStream>();
  #truncated = new Set<OutputStream>();
  #isReaderBusy = false;

  constructor(options: PhaseFeedOptions) {
    this.#options = options;
  }

  /** The time of `performance.now()` at which the program began to execute; `undefined` if it has not. */
  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  /** Begins the phase. If a sandbox is lost, the phase begins again. */
  start(): void {
    this.#startedAt = performance.now();
    this.#publishedBytes = { stdout: 0, stderr: 0 };
    this.#missed = new Set();
    this.#truncated = new Set();
    const { place, sandbox, events } = this.#options;
    void events.publish({ kind: 'started', sandbox, ...place });
  }

  output(stream: OutputStream, bytes: Buffer): void | Promise<void> {
    if (this.#isReaderBusy) this.#missed.add(stream);
    if (this.#missed.has(stream)) return;
    const waiting = this.#publish(stream, bytes);
    if (this.#options.holdsUp || !waiting) return waiting;
    this.#isReaderBusy = true;
    void waiting.then(() => {
      this.#isReaderBusy = false;
    });
  }

  truncate(stream: OutputStream): void {
    if (this.#missed.has(stream) || this.#truncated.has(stream)) return;
    this.#truncated.add(stream);
    void this.#options.events.publish({ kind: 'truncated', stream, ...this.#options.place });
  }

  /** Publishes what has not been published of this execution: what the reader has missed, or everything if it came from a cache. */
  async finish(execution: Execution): Promise<void> {
    if (this.#startedAt === undefined) this.start();
    this.#missed.clear();
    for (const stream of STREAMS) {
      const { bytes, truncated } = execution[stream];
      while (this.#publishedBytes[stream] < bytes.length) {
        const from = this.#publishedBytes[stream];
        await this.#publish(stream, bytes.subarray(from, from + PIECE_BYTES));
      }
      if (truncated) this.truncate(stream);
    }
  }

  #publish(stream: OutputStream, bytes: Buffer): void | Promise<void> {
    const { place, events } = this.#options;
    this.#publishedBytes[stream] += bytes.length;
    const atMs = performance.now() - (this.#startedAt ?? 0);
    return events.publish({ kind: 'output', stream, bytes, atMs, ...place });
  }
}
