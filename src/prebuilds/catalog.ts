import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeRegistry } from '../runtimes/registry.ts';
import type { ImageScan, PrebuildImage, PrebuildStore } from './ports.ts';
import type { PrebuildTag } from './spec.ts';

/** A prebuild as callers know it: a tag, and the image that it names. */
export interface Prebuild {
  readonly tag: PrebuildTag;
  readonly image: PrebuildImage;
  /** Whether its base has been rebuilt since. */
  readonly isStale: boolean;
  readonly lastUsedAtMs: number | undefined;
}

export interface CatalogOptions {
  readonly store: PrebuildStore;
  readonly runtimes: RuntimeRegistry;
  /** A tag names another image now, or none: what was made from it is out of date. */
  readonly onImageChange: (reference: string) => void;
}

/** Uses are recorded in the engine, but not every one of a prebuild in constant use. */
const RECORD_EVERY_MS = 600_000;
/** Between two looks, so that a flood of unknown names does not keep the engine busy. */
const LOOK_GAP_MS = 100;

/** Which prebuilds there are, kept in memory so that a run need not ask the engine. */
export class Catalog {
  readonly #options: CatalogOptions;
  #entries: ReadonlyMap<string, Prebuild> = new Map();
  #byHash: ReadonlyMap<string, Prebuild> = new Map();
  #imageIds: ReadonlyMap<string, string> = new Map();
  /** The look under way. It rejects as the store does. */
  #looking: Promise<void> | undefined;
  /** The look that has not begun yet, for all who ask meanwhile. */
  #next: Promise<void> | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  /** Uses that the engine may not know of yet. */
  readonly #uses = new Map<PrebuildTag, number>();

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  get all(): readonly Prebuild[] {
    return [...this.#entries.values()].map((prebuild) => this.#withUse(prebuild));
  }

  /** How many there are, and what their images add to their bases. */
  get figures(): { count: number; bytes: number } {
    const images = new Map([...this.#entries.values()].map(({ image }) => [image.id, image.layerBytes]));
    return { count: this.#entries.size, bytes: [...images.values()].reduce((sum, bytes) => sum + bytes, 0) };
  }

  find(tag: PrebuildTag): Prebuild | undefined {
    const prebuild = this.#entries.get(tag);
    return prebuild && this.#withUse(prebuild);
  }

  /** A prebuild of a spec; of several the one that is not stale. */
  findSpec(specHash: string): Prebuild | undefined {
    return this.#byHash.get(specHash);
  }

  /** Id of the image that a sandbox of this reference is made from, as last seen. */
  imageId(reference: string): string | undefined {
    return this.#imageIds.get(reference);
  }

  /**
   * Asks the engine, always with a look that begins after this call: an earlier one may not know of what another service, or this
   * one, has made since. All who ask while a look is under way, or just over, share the next one.
   */
  refresh(): Promise<void> {
    this.#next ??= this.#lookNext();
    return this.#next;
  }

  noteUse(tag: PrebuildTag): void {
    this.#uses.set(tag, Date.now());
  }

  /** Tells the engine of uses that are new to it: all of them, or those of prebuilds whose record is old. */
  async recordUses(which: 'all' | 'overdue'): Promise<void> {
    for (const [tag, usedAtMs] of this.#uses) {
      const image = this.#entries.get(tag)?.image;
      const recordedAtMs = image?.tags.get(tag) ?? 0;
      const isOverdue = usedAtMs - recordedAtMs > RECORD_EVERY_MS;
      if (!image || (which === 'overdue' && !isOverdue)) continue;
      await this.#options.store.recordUse(image.id, tag, usedAtMs);
      if (this.#uses.get(tag) === usedAtMs && which === 'all') this.#uses.delete(tag);
    }
  }

  #withUse(prebuild: Prebuild): Prebuild {
    const usedAtMs = Math.max(this.#uses.get(prebuild.tag) ?? 0, prebuild.lastUsedAtMs ?? 0);
    return { ...prebuild, lastUsedAtMs: usedAtMs || undefined };
  }

  async #lookNext(): Promise<void> {
    await this.#looking?.catch(() => undefined);
    const restMs = this.#lookedAtMs + LOOK_GAP_MS - performance.now();
    if (restMs > 0) await sleep(restMs);
    this.#next = undefined;
    this.#looking = this.#look().finally(() => {
      this.#lookedAtMs = performance.now();
    });
    await this.#looking;
  }

  async #look(): Promise<void> {
    const scan = await this.#options.store.scan();
    const before = this.#entries;
    const prebuilds = scan.prebuilds.flatMap((image) => this.#entriesOf(image, scan));
    this.#entries = new Map(prebuilds.map((prebuild) => [prebuild.tag, prebuild]));
    this.#imageIds = new Map(prebuilds.map(({ tag, image }) => [this.#options.store.reference(tag), image.id]));
    // Later entries win: those that are not stale come last.
    const ordered = prebuilds.toSorted((a, b) => Number(b.isStale) - Number(a.isStale));
    this.#byHash = new Map(ordered.map((prebuild) => [prebuild.image.specHash, prebuild]));
    for (const tag of this.#uses.keys()) if (!this.#entries.has(tag)) this.#uses.delete(tag);
    for (const { tag, image } of before.values()) {
      if (this.#entries.get(tag)?.image.id !== image.id)
        this.#options.onImageChange(this.#options.store.reference(tag));
    }
  }

  #entriesOf(image: PrebuildImage, { imageIds }: ImageScan): Prebuild[] {
    const base = this.#options.runtimes.find(image.spec.base);
    const baseImageId = base && imageIds.get(base.image);
    const isStale = baseImageId !== undefined && baseImageId !== image.baseImageId;
    return [...image.tags].map(([tag, lastUsedAtMs]) => ({ tag, image, isStale, lastUsedAtMs }));
  }
}
