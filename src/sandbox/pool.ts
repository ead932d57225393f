import type { SandboxSpec } from '../run/command.ts';
import type { SandboxOrigin } from '../run/result.ts';
import { Gate } from './gate.ts';
import type { Sandbox, SandboxFactory } from './ports.ts';

/** A sandbox for one run. */
export interface Lease {
  readonly sandbox: Sandbox;
  readonly origin: SandboxOrigin;
  readonly waitedMs: number;
  /** Ends the sandbox, off the caller's path. Safe to call more than once. */
  release(): void;
}

/** Hands out sandboxes, each for one run. Creations pass a gate: an engine asked for many at once collapses. */
export class Pool {
  readonly #factory: SandboxFactory;
  readonly #creations: Gate;
  readonly #leaving = new Set<Promise<void>>();

  constructor(factory: SandboxFactory, maxConcurrentCreations: number) {
    this.#factory = factory;
    this.#creations = new Gate(maxConcurrentCreations);
  }

  /** A sandbox of this spec that nobody has used. Rejects as `SandboxFactory.create` does. */
  async lease(spec: SandboxSpec, signal: AbortSignal): Promise<Lease> {
    const askedAt = performance.now();
    const sandbox = await this.#creations.run(() => this.#factory.create(spec, signal), signal);
    const waitedMs = performance.now() - askedAt;
    return { sandbox, origin: 'cold', waitedMs, release: once(() => this.#release(sandbox)) };
  }

  /** Resolves when every released sandbox is gone. */
  async settle(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  #release(sandbox: Sandbox): void {
    const leaving = sandbox.destroy().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
