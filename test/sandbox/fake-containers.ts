import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxSpec } from '../../src/core/command.ts';
import { Deferred } from '../../src/core/deferred.ts';
import type { Isolation } from '../../src/core/isolation.ts';
import { defaultLimits, type SandboxLimits } from '../../src/core/limits.ts';
import type { Lease } from '../../src/sandbox/lease.ts';
import type { Sandbox, SandboxFactory } from '../../src/sandbox/ports.ts';
import { execution, POLICY } from '../fixtures.ts';

export const SPEC: SandboxSpec = { image: 'code-runner-python', limits: defaultLimits(POLICY), isolation: 'cell' };

/** A container that makes one cell after the other, and remembers whom they served. */
export class FakeContainer {
  readonly id: number;
  readonly spec: SandboxSpec;
  readonly isolation: Isolation;
  readonly #gone = new Deferred<void>();
  /** The cell whose turn it is. */
  cell: FakeCell;
  limits: SandboxLimits;
  /** How long a change of limits takes. */
  changeMs = 1;
  /** Says whether a change of limits succeeds. */
  canChange: () => boolean = () => true;
  changes = 0;
  isAlive = true;
  /** Whether there is no cell after this one. */
  isSpent = false;
  /** How long the change to the next cell takes. */
  nextMs = 1;
  tenant: string | undefined;
  isLeased = false;
  /** Whether its image has changed since. */
  isOutdated = false;

  constructor(id: number, spec: SandboxSpec, isolation: Isolation) {
    this.id = id;
    this.spec = spec;
    this.isolation = isolation;
    this.limits = spec.limits;
    this.cell = new FakeCell(this);
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  end(): void {
    this.isAlive = false;
    this.#gone.resolve();
  }

  async setLimits(limits: SandboxLimits): Promise<boolean> {
    assert.equal(this.isolation, 'cell');
    assert.equal(this.isLeased, false, `limits of container ${this.id} are changed during a run`);
    this.changes += 1;
    await sleep(this.changeMs);
    const isDone = this.isAlive && this.canChange();
    if (isDone) this.limits = limits;
    return isDone;
  }

  async nextCell(): Promise<FakeCell | undefined> {
    await sleep(this.nextMs);
    if (this.isSpent || this.isolation === 'container') this.end();
    if (!this.isAlive) return undefined;
    this.cell = new FakeCell(this);
    return this.cell;
  }
}

export class FakeCell implements Sandbox {
  readonly id: string;
  readonly imageId = 'sha256:image';
  readonly container: FakeContainer;

  constructor(container: FakeContainer) {
    this.container = container;
    this.id = `container-${container.id}`;
  }

  get isolation(): Isolation {
    return this.container.isolation;
  }

  get gone(): Promise<void> {
    return this.container.gone;
  }

  get limits(): SandboxLimits {
    return this.container.limits;
  }

  setLimits(limits: SandboxLimits): Promise<boolean> {
    return this.container.setLimits(limits);
  }

  stage(): void {}

  snapshot(): void {}

  async reset(): Promise<void> {}

  async execute() {
    return execution();
  }

  async collect() {
    return { files: [], omitted: [] };
  }

  next(): Promise<FakeCell | undefined> {
    return this.container.nextCell();
  }

  async destroy(): Promise<void> {
    await sleep(0);
    this.container.end();
  }
}

/** Makes containers, and checks whom each of them is leased to. */
export class FakeContainers implements SandboxFactory {
  readonly made: FakeContainer[] = [];
  creating = 0;
  mostAtOnce = 0;
  creationMs: () => number = () => 5;
  nextMs: () => number = () => 1;
  changeMs: () => number = () => 1;
  canChange: () => boolean = () => true;
  /** What a sandbox of this spec turns out to be. */
  isolationOf = ({ isolation }: SandboxSpec): Isolation => isolation;
  /** Throws when a creation is to fail. */
  check: () => void = () => {};

  async create(spec: SandboxSpec): Promise<FakeCell> {
    this.creating += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.creating);
    await sleep(this.creationMs());
    this.creating -= 1;
    this.check();
    const container = new FakeContainer(this.made.length, spec, this.isolationOf(spec));
    container.nextMs = this.nextMs();
    container.changeMs = this.changeMs();
    container.canChange = this.canChange;
    this.made.push(container);
    return container.cell;
  }

  get alive(): FakeContainer[] {
    return this.made.filter(({ isAlive }) => isAlive);
  }
}

/** The container of a lease. Fails if it must not have been leased to this tenant now, or has not the limits that were asked for. */
export function use({ sandbox }: Lease, tenant: string, { limits }: Pick<SandboxSpec, 'limits'>): FakeContainer {
  assert.ok(sandbox instanceof FakeCell);
  const { container } = sandbox;
  assert.deepEqual(container.limits, limits);
  assert.equal(container.isLeased, false, `container ${container.id} is leased twice at once`);
  assert.equal(container.tenant ?? tenant, tenant, `container ${container.id} has served ${container.tenant}`);
  assert.equal(container.isOutdated, false, `container ${container.id} is of an image that has changed`);
  assert.equal(sandbox, container.cell, 'a cell that is over is never leased again');
  container.isLeased = true;
  container.tenant = tenant;
  return container;
}

/** Ends the lease of a container that was used. */
export function giveBack(lease: Lease): void {
  assert.ok(lease.sandbox instanceof FakeCell);
  lease.sandbox.container.isLeased = false;
  lease.release();
}
