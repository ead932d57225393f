import { haveSameLimits, type SandboxLimits } from '../core/limits.ts';
import type { Sandbox } from './ports.ts';
import { mostSuitable, type WantedLimits } from './sandbox-request.ts';

/** How long a sandbox waits for another run of its tenant although it is not in demand. */
const KEEP_MS = 30_000;
/** How long a cell keeps the limits of the last run: runs of a tenant are often alike. */
const KEEP_LIMITS_MS = 3000;

export interface Ready {
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
    return this.#of(undefined).length;
  }

  /** The sum of the memory limits. */
  get memoryBytes(): number {
    return this.#all.reduce((sum, { sandbox }) => sum + sandbox.limits.memoryBytes, 0);
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

  /** Removes and returns a sandbox that this tenant has used: the last with the wanted limits, else the last whose limits can be changed. */
  takeOf(tenant: string, wanted: WantedLimits): Sandbox | undefined {
    return this.#take(mostSuitable(this.#of(tenant).reverse(), wanted));
  }

  /** The same for the unused sandboxes, of which the one that has been ready longest is taken first. */
  takeUnused(wanted: WantedLimits): Sandbox | undefined {
    return this.#take(mostSuitable(this.#of(undefined), wanted));
  }

  /** Removes and returns the unused sandbox that has been ready longest. */
  takeOldestUnused(): Sandbox | undefined {
    return this.#take(this.#of(undefined)[0]);
  }

  /** Removes and returns the cells that still have other limits than these, after some time without a run. */
  takeChanged(limits: SandboxLimits, nowMs: number): Ready[] {
    return this.#all
      .filter(({ sandbox, sinceMs }) => nowMs - sinceMs > KEEP_LIMITS_MS && !haveSameLimits(sandbox.limits, limits))
      .filter((ready) => this.#remove(ready));
  }

  /** Removes and returns sandboxes that are not needed: those of tenants that have stayed away, then unused ones. */
  trim({ excess, unusedToKeep, nowMs }: TrimOptions): Sandbox[] {
    const abandoned = this.#all.filter(({ tenant, sinceMs }) => tenant !== undefined && nowMs - sinceMs > KEEP_MS);
    const unused = this.#of(undefined).slice(unusedToKeep);
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

  /** Those of a tenant, or the unused ones, oldest first. */
  #of(tenant: string | undefined): Ready[] {
    return this.#all.filter((ready) => ready.tenant === tenant);
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
