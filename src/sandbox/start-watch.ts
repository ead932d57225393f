/** A sandbox starts in a fraction of a second. If a start takes this long and fails, the engine is hanging. */
const HANG_MS = 5000;

/** A sandbox that is being started. */
export interface Start {
  readonly sinceMs: number;
}

/** Detects that starts of sandboxes hang, even before they fail. The engine counts as hanging until a start succeeds. */
export class StartWatch {
  readonly #hangMs: number;
  readonly #inProgress = new Set<Start>();
  /** When the first start that hung and failed began. `undefined` if none has, or if one has succeeded since. */
  #hangingSinceMs: number | undefined;

  /** No start takes longer than `timeoutMs`. */
  constructor(timeoutMs: number) {
    this.#hangMs = Math.min(HANG_MS, timeoutMs);
  }

  get count(): number {
    return this.#inProgress.size;
  }

  /**
   * How long the oldest start in progress has taken so far. If a start has hung and failed, and none has succeeded since: how long
   * ago that one began; 0 when neither.
   */
  get longestMs(): number {
    const [oldest] = this.#inProgress;
    const sinceMs = this.#hangingSinceMs ?? oldest?.sinceMs;
    return sinceMs === undefined ? 0 : performance.now() - sinceMs;
  }

  begin(): Start {
    const start = { sinceMs: performance.now() };
    this.#inProgress.add(start);
    return start;
  }

  succeed(start: Start): void {
    this.#inProgress.delete(start);
    this.#hangingSinceMs = undefined;
  }

  fail(start: Start): void {
    this.#inProgress.delete(start);
    if (performance.now() - start.sinceMs >= this.#hangMs) this.#hangingSinceMs ??= start.sinceMs;
  }
}
