import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import type { SandboxSpec } from '../../src/run/command.ts';
import { RunnerError } from '../../src/run/errors.ts';
import { defaultLimits } from '../../src/run/limits.ts';
import { Pool } from '../../src/sandbox/pool.ts';
import type { Sandbox, SandboxFactory } from '../../src/sandbox/ports.ts';
import { execution, POLICY } from '../fixtures.ts';

const NEVER = new AbortController().signal;
const SPEC: SandboxSpec = { image: 'code-runner-python', limits: defaultLimits(POLICY) };

class FakeSandbox implements Sandbox {
  readonly id: string;
  destructions = 0;
  #gone: () => void = () => {};
  readonly #destroyed = new Promise<void>((resolve) => {
    this.#gone = resolve;
  });

  constructor(id: string) {
    this.id = id;
  }

  stage(): void {}

  async execute() {
    return execution();
  }

  async collect() {
    return { files: [], omitted: [] };
  }

  destroy(): Promise<void> {
    this.destructions += 1;
    return this.#destroyed;
  }

  finishLeaving(): void {
    this.#gone();
  }
}

class FakeFactory implements SandboxFactory {
  readonly made: FakeSandbox[] = [];
  readonly specs: SandboxSpec[] = [];
  creating = 0;
  mostAtOnce = 0;

  async create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    this.specs.push(spec);
    this.creating += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.creating);
    await sleep(5);
    this.creating -= 1;
    signal.throwIfAborted();
    const sandbox = new FakeSandbox(`sandbox-${this.made.length}`);
    this.made.push(sandbox);
    return sandbox;
  }
}

test('every lease is a sandbox of its own, made for the spec', async () => {
  const factory = new FakeFactory();
  const pool = new Pool(factory, 2);
  const leases = await Promise.all([pool.lease(SPEC, NEVER), pool.lease(SPEC, NEVER), pool.lease(SPEC, NEVER)]);
  assert.equal(new Set(leases.map(({ sandbox }) => sandbox.id)).size, 3);
  assert.deepEqual(factory.specs, [SPEC, SPEC, SPEC]);
  for (const lease of leases) assert.equal(lease.origin, 'cold');
});

test('no more creations at once than the engine bears, and the wait is told', async () => {
  const factory = new FakeFactory();
  const pool = new Pool(factory, 2);
  const leases = await Promise.all(Array.from({ length: 9 }, () => pool.lease(SPEC, NEVER)));
  assert.equal(factory.mostAtOnce, 2);
  assert.equal(factory.made.length, 9);
  assert.ok((leases[8]?.waitedMs ?? 0) > (leases[0]?.waitedMs ?? 0));
});

test('a creation that fails gives its place back', async () => {
  const failing: SandboxFactory = { create: () => Promise.reject(new RunnerError('engine_unavailable', 'gone')) };
  const pool = new Pool(failing, 1);
  for (let attempt = 0; attempt < 3; attempt += 1) await assert.rejects(pool.lease(SPEC, NEVER), /gone/);
});

test('who gives up while waiting for a creation is not served', async () => {
  const factory = new FakeFactory();
  const pool = new Pool(factory, 1);
  const abort = new AbortController();
  const first = pool.lease(SPEC, NEVER);
  const second = pool.lease(SPEC, abort.signal);
  abort.abort(new Error('client gone'));
  await assert.rejects(second, /client gone/);
  await first;
  assert.equal(factory.made.length, 1);
});

test('a sandbox is not handed out again after its release', async () => {
  const factory = new FakeFactory();
  const pool = new Pool(factory, 1);
  const first = await pool.lease(SPEC, NEVER);
  first.release();
  const second = await pool.lease(SPEC, NEVER);
  assert.notEqual(first.sandbox, second.sandbox);
});

test('release does not wait; settle does; releasing twice is once', async () => {
  const factory = new FakeFactory();
  const pool = new Pool(factory, 2);
  const lease = await pool.lease(SPEC, NEVER);
  await pool.lease(SPEC, NEVER);
  const [released, kept] = factory.made;
  lease.release();
  lease.release();
  assert.equal(released?.destructions, 1);
  assert.equal(kept?.destructions, 0);
  let isSettled = false;
  const settled = pool.settle().then(() => {
    isSettled = true;
  });
  await tick();
  assert.equal(isSettled, false);
  released?.finishLeaving();
  await settled;
  lease.release();
  assert.equal(released?.destructions, 1);
  await pool.settle();
});
