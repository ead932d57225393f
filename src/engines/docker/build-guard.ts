import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputListener } from '../../core/command.ts';
import { BuildFailure, type BuildWatch, MAX_LOG_BYTES } from '../../prebuilds/ports.ts';
import type { Containers } from './api/containers.ts';
import type { DiskProbe } from './disk-probe.ts';
import type { InitContainer } from './init-container.ts';

const LOOK_EVERY_MS = 1000;
/** sandbox-init kills a command at the time limit. If that fails, the container is killed this much later. */
const SLACK_MS = 5000;

export interface BuildBounds {
  readonly timeoutMs: number;
  /** Maximum size that an image may add to its base. */
  readonly maxBytes: number;
  /** Space that must stay free on the engine's disk. */
  readonly reserveBytes: number;
}

export interface BuildGuardOptions {
  readonly containers: Pick<Containers, 'size'>;
  readonly probe: DiskProbe;
  readonly bounds: BuildBounds;
}

/** Cancels a build as soon as it takes too long, prints too much or uses too much of the disk. */
export class BuildGuard {
  readonly #container: InitContainer;
  readonly #options: BuildGuardOptions;
  readonly #deadlineMs: number;
  readonly #cancelled = new AbortController();
  readonly #ended = new AbortController();
  #late: NodeJS.Timeout | undefined;

  /** The time limit counts from now. */
  constructor(container: InitContainer, options: BuildGuardOptions) {
    this.#container = container;
    this.#options = options;
    this.#deadlineMs = performance.now() + options.bounds.timeoutMs;
  }

  /** Aborts with the reason when the build is cancelled. */
  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  cancel(reason: unknown): void {
    this.#cancelled.abort(reason);
    void this.#container.end(reason);
  }

  /** Watches time and disk until `end`. */
  watch(): void {
    this.#late = setTimeout(() => this.cancel(this.tooLong()), this.#options.bounds.timeoutMs + SLACK_MS);
    void this.#repeat(() => this.requireSize());
    void this.#repeat(() => this.#requireDiskSpace());
  }

  end(): void {
    clearTimeout(this.#late);
    this.#ended.abort();
  }

  /** The time that is left, in milliseconds. Throws `BuildFailure` if there is none. */
  remainingMs(): number {
    const remainingMs = this.#deadlineMs - performance.now();
    if (remainingMs <= 0) throw this.tooLong();
    return remainingMs;
  }

  /** Passes output on up to the limit. All commands of a build, and both streams of each, count together. */
  boundedLog(onLog: BuildWatch['onLog']): OutputListener {
    let bytes = 0;
    return (_stream, piece) => {
      bytes += piece.length;
      if (bytes <= MAX_LOG_BYTES) onLog(piece);
      else this.cancel(this.printedTooMuch());
    };
  }

  /** What the build has written, in bytes. Throws `BuildFailure` if it is too much. */
  async requireSize(): Promise<number> {
    const { maxBytes } = this.#options.bounds;
    const bytes = await this.#options.containers.size(this.#container.id);
    if (bytes === undefined) throw new BuildFailure('the engine does not report how much it wrote.');
    if (bytes > maxBytes) throw new BuildFailure(`it wrote more than ${maxBytes / 1024 ** 2} MB (PREBUILD_MAX_MB).`);
    return bytes;
  }

  tooLong(): BuildFailure {
    return new BuildFailure(`it took longer than ${this.#options.bounds.timeoutMs / 1000} s (PREBUILD_TIMEOUT).`);
  }

  printedTooMuch(): BuildFailure {
    return new BuildFailure(`it printed too much: more than ${MAX_LOG_BYTES / 1024 ** 2} MB.`);
  }

  async #requireDiskSpace(): Promise<void> {
    if (await this.#options.probe.hasFree(this.#options.bounds.reserveBytes)) return;
    throw new BuildFailure("the engine's disk is nearly full (PREBUILD_RESERVE_MB).");
  }

  /** Repeats a check, because most engines cannot limit the size of a container. The first check that fails cancels the build. */
  async #repeat(check: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        await check();
        await sleep(LOOK_EVERY_MS, undefined, { signal });
      } catch (error) {
        if (!signal.aborted) this.cancel(error);
        return;
      }
    }
  }
}
