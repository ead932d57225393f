import type { Sandbox } from './ports.ts';

/** How long a sandbox waits for another run of its tenant although it is not in demand. */
const KEEP_MS = 30_000;

interface Ready {
  readonly sandbox: Sandbox;
  /** The only tenant that may have it; `undefined`: no run has used it, so anyone may. */
  readonly tenant: string | undefined;
  readonly sinceMs: number;
}

export interface TrimOptions {
  /** Maximum number of sandboxes to remove. */
  readonly excess: number;
  readonly unusedToKeep: number;
  readonly nowMs: number;
}

/** The sandboxes of one spec that are ready. One that has served a tenant is given to that tenant only. */
export class ReadySandboxes {
  #all: Ready[] = [];

  get count(): number {
    return this.#all.length;
  }

  /** The number of those that no tenant has used. */
  get unusedCount(): number {
    return this.#all.filter(({ tenant }) => tenant === undefined).length;
  }

  /** Since when the sandbox that has been idle longest is ready. */
  get oldestMs(): number {
    return Math.min(...this.#all.map(({ sinceMs }) => sinceMs));
  }

  /** Adds a sandbox. If it ends before it is taken, it is removed again and `onLost` is called. */
  put(sandbox: Sandbox, tenant: string | undefined, onLost: () => void): void {
    const ready = { sandbox, tenant, sinceMs: performance.now() };
    this.#all.push(ready);
    void sandbox.gone.then(() => {
      if (this.#remove(ready)) onLost();
    });
  }

  /** Removes and returns the sandbox that this tenant used last. */
  takeOf(tenant: string): Sandbox | undefined {
    return this.#take(this.#all.findLast((ready) => ready.tenant === tenant));
  }

  /** Removes and returns the unused sandbox that has been ready longest. */
  takeUnused(): Sandbox | undefined {
    return this.#take(this.#all.find(({ tenant }) => tenant === undefined));
  }

  /** Removes and returns sandboxes that are not needed: those of tenants that have stayed away, then unused ones. */
  trim({ excess, unusedToKeep, nowMs }: TrimOptions): Sandbox[] {
    const abandoned = this.#all.filter(({ tenant, sinceMs }) => tenant !== undefined && nowMs - sinceMs > KEEP_MS);
    const unused = this.#all.filter(({ tenant }) => tenant === undefined).slice(unusedToKeep);
    return [...abandoned, ...unused.reverse()].slice(0, Math.max(0, excess)).map((ready) => {
      this.#remove(ready);
      return ready.sandbox;
    });
  }

  /** Removes and returns the sandbox that has been idle longest. */
  takeOldest(): Sandbox | undefined {
    return this.#all.shift()?.sandbox;
  }

  /** Removes and returns all. */
  empty(): Sandbox[] {
    return this.#all.splice(0).map(({ sandbox }) => sandbox);
  }

  #take(ready: Ready | undefined): Sandbox | undefined {
    if (ready) this.#remove(ready);
    return ready?.sandbox;
  }

  #remove(ready: Ready): boolean {
    const index = this.#all.indexOf(ready);
    if (index >= 0) this.#all.splice(index, 1);
    return index >= 0;
  }
}
