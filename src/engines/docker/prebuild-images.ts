import type { ImageScan, PrebuildImage, PrebuildStore } from '../../prebuilds/ports.ts';
import { type PrebuildTag, parseSpec, prebuildTag } from '../../prebuilds/spec.ts';
import type { Engine } from './api/engine.ts';
import type { ImageSummary } from './api/images.ts';
import { LABELS } from './labels.ts';
import type { SharedNames } from './shared-names.ts';

const LATEST = ':latest';
/** An image without a name may belong to a build that is about to name it. */
const NAMELESS_FOR_MS = 600_000;

/**
 * Keeps prebuilds as tagged images of one engine. A second tag, `<prebuild's tag>--<seconds since 1970>`, records the last use. Labels
 * could not be changed, and a file would be lost with the service's container and hidden from other services on the engine.
 */
export class PrebuildImages implements PrebuildStore {
  readonly #engine: Pick<Engine, 'images' | 'containers'>;

  readonly #names: SharedNames;

  constructor(engine: Pick<Engine, 'images' | 'containers'>, names: SharedNames) {
    this.#engine = engine;
    this.#names = names;
  }

  async scan(): Promise<ImageScan> {
    const images = await this.#engine.images.list();
    const latest = images.flatMap(({ id, names }) =>
      names.filter((name) => name.endsWith(LATEST)).map((name) => [name.slice(0, -LATEST.length), id] as const),
    );
    return { prebuilds: images.flatMap((image) => this.#toPrebuild(image)), imageIds: new Map(latest) };
  }

  reference(tag: PrebuildTag): string {
    return `${this.#names.prebuilds}:${tag}`;
  }

  async tag(imageId: string, tag: PrebuildTag): Promise<void> {
    await this.#engine.images.tag(imageId, this.#names.prebuilds, tag);
  }

  async untag(tag: PrebuildTag): Promise<void> {
    await this.#removeUses(await this.#engine.images.list(), tag);
    await this.#engine.images.remove(this.reference(tag));
  }

  async recordUse(imageId: string, tag: PrebuildTag, usedAtMs: number): Promise<void> {
    const name = `${tag}--${Math.floor(usedAtMs / 1000)}`;
    const before = await this.#engine.images.list();
    await this.#engine.images.tag(imageId, this.#names.prebuildUses, name);
    await this.#removeUses(before, tag, `${this.#names.prebuildUses}:${name}`);
  }

  imagesInUse(): Promise<ReadonlySet<string>> {
    return this.#engine.containers.imagesInUse();
  }

  async sweep(namelessForMs = NAMELESS_FOR_MS): Promise<number> {
    const old = (await this.#ours()).filter(({ createdAtMs }) => Date.now() - createdAtMs >= namelessForMs);
    const left = old.filter(({ names }) => names.every((name) => this.#readUse(name) !== undefined));
    if (left.length === 0) return 0;
    const inUse = await this.#engine.containers.imagesInUse();
    let swept = 0;
    for (const { id, names } of left.filter((image) => !inUse.has(image.id))) {
      for (const name of names) await this.#engine.images.remove(name);
      if (await this.#engine.images.removeUnused(id)) swept += 1;
    }
    return swept;
  }

  /** Every image that was built as a prebuild in this namespace, according to its labels and not its name. */
  async #ours(): Promise<ImageSummary[]> {
    const { namespace } = this.#names;
    return (await this.#engine.images.list()).filter(
      ({ labels }) => labels[LABELS.prebuild] !== undefined && labels[LABELS.namespace] === namespace,
    );
  }

  async #removeUses(images: readonly ImageSummary[], tag: PrebuildTag, except?: string): Promise<void> {
    const names = images.flatMap((image) => image.names).filter((name) => this.#readUse(name)?.tag === tag);
    for (const name of names) if (name !== except) await this.#engine.images.remove(name);
  }

  #toPrebuild({ id, names, labels, sizeBytes, createdAtMs }: ImageSummary): PrebuildImage[] {
    const specHash = labels[LABELS.prebuild];
    const spec = parseSpec(labels[LABELS.prebuildSpec] ?? '');
    if (specHash === undefined || spec === undefined) return [];
    const uses = new Map(names.flatMap((name) => this.#readUse(name) ?? []).map((use) => [use.tag, use.usedAtMs]));
    const tags = names.flatMap((name) => this.#readTag(name) ?? []).map((tag) => [tag, uses.get(tag)] as const);
    const { [LABELS.prebuildSpec]: _, ...shown } = labels;
    return [
      {
        id,
        tags: new Map(tags),
        spec,
        specHash,
        baseImageId: labels[LABELS.prebuildBaseImage] ?? '',
        sizeBytes,
        layerBytes: Number(labels[LABELS.prebuildLayerBytes] ?? 0),
        createdAtMs,
        labels: shown,
      },
    ];
  }

  #readTag(name: string): PrebuildTag | undefined {
    const [repository, tag = ''] = name.split(':');
    return repository === this.#names.prebuilds ? prebuildTag(tag) : undefined;
  }

  #readUse(name: string): { tag: PrebuildTag; usedAtMs: number } | undefined {
    const [repository, text = ''] = name.split(':');
    const [, bare = '', seconds] = /^(.+)--(\d+)$/.exec(text) ?? [];
    const tag = repository === this.#names.prebuildUses ? prebuildTag(bare) : undefined;
    return tag === undefined ? undefined : { tag, usedAtMs: Number(seconds) * 1000 };
  }
}
