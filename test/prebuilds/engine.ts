import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Builds } from '../../src/prebuilds/builds.ts';
import { Catalog } from '../../src/prebuilds/catalog.ts';
import type {
  BuildOrder,
  BuildWatch,
  ImageScan,
  PrebuildBuilder,
  PrebuildImage,
  PrebuildStore,
} from '../../src/prebuilds/ports.ts';
import { Prebuilds } from '../../src/prebuilds/prebuilds.ts';
import type { PrebuildTag } from '../../src/prebuilds/spec.ts';
import { RuntimeRegistry } from '../../src/runtimes/registry.ts';
import { ImageScans } from '../../src/sandbox/image-scans.ts';
import { eventually } from '../eventually.ts';
import { runtime } from '../fixtures.ts';

/** An in-memory engine that stores and builds images and records its calls. */
export class MemoryEngine implements PrebuildStore, PrebuildBuilder {
  readonly images = new Map<string, Omit<PrebuildImage, 'tags'>>();
  readonly tags = new Map<PrebuildTag, string>();
  readonly uses = new Map<PrebuildTag, number>();
  readonly busy = new Set<string>();
  readonly orders: BuildOrder[] = [];
  baseImageId = 'base-1';
  /** How long its work takes: builds and scans are given a duration, so that others meet them. */
  buildMs = 5;
  /** How long a cancelled build takes to end. */
  endingMs = 0;
  failure: Error | undefined;
  /** The failure before a build starts. */
  refusal: Error | undefined;
  /** How much a build prints after its first line. */
  printedBytes = 0;
  running = 0;
  mostRunning = 0;
  sweeps = 0;
  scanMs = 0;
  scans = 0;
  scanning = 0;
  mostScanning = 0;

  /** The scan returns the images that exist when it starts. */
  async scan(): Promise<ImageScan> {
    this.scans += 1;
    this.scanning += 1;
    this.mostScanning = Math.max(this.mostScanning, this.scanning);
    const seen = this.#contents();
    await sleep(this.scanMs);
    this.scanning -= 1;
    return seen;
  }

  async untilScanning(): Promise<void> {
    await eventually(() => assert.notEqual(this.scanning, 0));
  }

  /** Waits until exactly this many builds are in progress. */
  async untilRunning(count: number): Promise<void> {
    await eventually(() => assert.equal(this.running, count));
  }

  #contents(): ImageScan {
    const prebuilds = [...this.images.values()].map((image) => {
      const tags = [...this.tags].filter(([, id]) => id === image.id).map(([tag]) => tag);
      return { ...image, tags: new Map(tags.map((tag) => [tag, this.uses.get(tag)])) };
    });
    return { prebuilds, imageIds: new Map([['code-runner-python', this.baseImageId]]) };
  }

  reference(tag: PrebuildTag): string {
    return `prebuilt:${tag}`;
  }

  async tag(imageId: string, tag: PrebuildTag): Promise<void> {
    this.tags.set(tag, imageId);
  }

  async untag(tag: PrebuildTag): Promise<void> {
    this.tags.delete(tag);
    this.uses.delete(tag);
  }

  async recordUse(_imageId: string, tag: PrebuildTag, usedAtMs: number): Promise<void> {
    this.uses.set(tag, usedAtMs);
  }

  async imagesInUse(): Promise<ReadonlySet<string>> {
    return this.busy;
  }

  async sweep(): Promise<number> {
    this.sweeps += 1;
    return 0;
  }

  async build(order: BuildOrder, { onBegin, onLog, signal }: BuildWatch): Promise<string> {
    this.orders.push(order);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      if (this.refusal) throw this.refusal;
      onBegin();
      onLog(Buffer.from('begun\n'));
      if (this.printedBytes > 0) onLog(Buffer.alloc(this.printedBytes, 'x'));
      await sleep(this.buildMs, undefined, { signal }).catch(() => sleep(this.endingMs));
      signal.throwIfAborted();
      if (this.failure) throw this.failure;
      const id = `image-${this.orders.length}`;
      const { spec, specHash } = order;
      const sizes = { sizeBytes: 100, layerBytes: 10 };
      const facts = { baseImageId: this.baseImageId, createdAtMs: Date.now(), labels: {} };
      this.images.set(id, { id, spec, specHash, ...sizes, ...facts });
      return id;
    } finally {
      this.running -= 1;
    }
  }
}

/** Prebuilds with an in-memory engine. */
export function memoryPrebuilds(
  options: { maxConcurrent?: number; maxQueue?: number; inlineDependencies?: boolean } = {},
) {
  const engine = new MemoryEngine();
  const installer = { install: ['/bin/install'], pattern: '[a-z]+', inline: 'pep723' };
  const runtimes = new RuntimeRegistry([runtime('python', { prebuild: { packages: installer } })]);
  const scans = new ImageScans(() => engine.scan());
  const changed: string[] = [];
  const troubles: [string, unknown][] = [];
  const catalog = new Catalog({
    store: engine,
    scans,
    runtimes,
    onImageChange: (reference) => changed.push(reference),
  });
  const { maxConcurrent = 1, maxQueue = 10, inlineDependencies = false } = options;
  const builds = new Builds({ builder: engine, maxConcurrent, maxQueue, observer: { buildEnded: () => undefined } });
  const prebuilds = new Prebuilds({
    store: engine,
    catalog,
    builds,
    runtimes,
    inlineDependencies,
    cleanUpEveryMs: 1e9,
    maxAgeMs: 1e9,
    onError: (what, error) => troubles.push([what, error]),
    onCleanUp: () => undefined,
  });
  return { engine, prebuilds, builds, catalog, changed, troubles };
}
