import type { RuntimeRegistry } from '../runtimes/registry.ts';
import type { ImageScans } from '../sandbox/image-scans.ts';
import type { ImageScan, PrebuildImage, PrebuildStore } from './ports.ts';
import type { PrebuildTag } from './spec.ts';

/** A prebuild as callers see it: a tag and its image. */
export interface Prebuild {
  readonly tag: PrebuildTag;
  readonly image: PrebuildImage;
  /** Whether its base has been rebuilt since the prebuild was built. */
  readonly isStale: boolean;
  readonly lastUsedAtMs: number | undefined;
}

export interface CatalogOptions {
  readonly store: Pick<PrebuildStore, 'reference' | 'recordUse'>;
  readonly scans: ImageScans<ImageScan>;
  readonly runtimes: RuntimeRegistry;
  /** Called when a tag refers to another image or is gone, so that sandboxes of the old image are outdated. */
  readonly onImageChange: (reference: string) => void;
}

/** Uses are recorded on the engine at most this often per prebuild. */
const RECORD_EVERY_MS = 600_000;

/** The list of prebuilds, kept in memory so that a run does not have to ask the engine. Every scan updates it, whoever asked for it. */
export class Catalog {
  readonly #options: CatalogOptions;
  #entries: ReadonlyMap<string, Prebuild> = new Map();
  #byHash: ReadonlyMap<string, Prebuild> = new Map();
  #imageIds: ReadonlyMap<string, string> = new Map();
  /** Uses that may not be recorded on the engine yet. */
  readonly #uses = new Map<PrebuildTag, number>();

  constructor(options: CatalogOptions) {
    this.#options = options;
    options.scans.onScan((scan) => this.#take(scan));
  }

  get all(): readonly Prebuild[] {
    return [...this.#entries.values()].map((prebuild) => this.#withUse(prebuild));
  }

  /** The number of prebuilds, and the bytes that their images add to their bases. */
  get figures(): { count: number; bytes: number } {
    const images = new Map([...this.#entries.values()].map(({ image }) => [image.id, image.layerBytes]));
    return { count: this.#entries.size, bytes: [...images.values()].reduce((sum, bytes) => sum + bytes, 0) };
  }

  find(tag: PrebuildTag): Prebuild | undefined {
    const prebuild = this.#entries.get(tag);
    return prebuild && this.#withUse(prebuild);
  }

  /** A prebuild of this spec. If there are several, one that is not stale. */
  findSpec(specHash: string): Prebuild | undefined {
    return this.#byHash.get(specHash);
  }

  /** The last known id of the image that this reference means. */
  imageId(reference: string): string | undefined {
    return this.#imageIds.get(reference);
  }

  /** Asks the engine, with a scan that starts after this call. */
  async refresh(): Promise<void> {
    await this.#options.scans.fresh();
  }

  noteUse(tag: PrebuildTag): void {
    this.#uses.set(tag, Date.now());
  }

  /** Records uses on the engine: all of them, or only those of prebuilds whose record is old. */
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

  #take(scan: ImageScan): void {
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
