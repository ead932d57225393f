import type { ImageScan, PrebuildImage, PrebuildStore } from '../../prebuilds/ports.ts';
import { type PrebuildTag, parseSpec, prebuildTag } from '../../prebuilds/spec.ts';
import type { Engine, ImageSummary } from './api/engine.ts';
import { LABELS } from './labels.ts';

/** An image's tag in this repository is the prebuild's. */
const REPOSITORY = 'code-runner-prebuilt';
/**
 * And in this one it tells when the prebuild was used last: `<tag>--<seconds since 1970>`. Labels cannot change, and a file would not
 * survive a service that lives in a container, nor be seen by a second one on the same engine.
 */
const USES = 'code-runner-prebuilt-used';
const LATEST = ':latest';
/** An image without a name may be a build's that is about to get one. */
const NAMELESS_FOR_MS = 600_000;

/** Keeps prebuilds as tagged images of one engine. */
export class PrebuildImages implements PrebuildStore {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async scan(): Promise<ImageScan> {
    const images = await this.#engine.listImages();
    const latest = images.flatMap(({ id, names }) =>
      names.filter((name) => name.endsWith(LATEST)).map((name) => [name.slice(0, -LATEST.length), id] as const),
    );
    return { prebuilds: images.flatMap(toPrebuild), imageIds: new Map(latest) };
  }

  reference(tag: PrebuildTag): string {
    return `${REPOSITORY}:${tag}`;
  }

  async tag(imageId: string, tag: PrebuildTag): Promise<void> {
    await this.#engine.tagImage(imageId, REPOSITORY, tag);
  }

  async untag(tag: PrebuildTag): Promise<void> {
    await this.#removeUses(await this.#ours(), tag);
    await this.#engine.removeImage(this.reference(tag));
  }

  async recordUse(imageId: string, tag: PrebuildTag, usedAtMs: number): Promise<void> {
    const name = `${tag}--${Math.floor(usedAtMs / 1000)}`;
    const before = await this.#ours();
    await this.#engine.tagImage(imageId, USES, name);
    await this.#removeUses(before, tag, `${USES}:${name}`);
  }

  imagesInUse(): Promise<ReadonlySet<string>> {
    return this.#engine.imagesInUse();
  }

  async sweep(namelessForMs = NAMELESS_FOR_MS): Promise<number> {
    const old = (await this.#ours()).filter(({ createdAtMs }) => Date.now() - createdAtMs >= namelessForMs);
    const left = old.filter(({ names }) => names.every(isUse));
    if (left.length === 0) return 0;
    const inUse = await this.#engine.imagesInUse();
    let swept = 0;
    for (const { id, names } of left.filter((image) => !inUse.has(image.id))) {
      for (const name of names) await this.#engine.removeImage(name);
      if (await this.#engine.removeUnusedImage(id)) swept += 1;
    }
    return swept;
  }

  /** Every image that this service has built as a prebuild: the label decides, whatever its name. */
  async #ours(): Promise<ImageSummary[]> {
    return (await this.#engine.listImages()).filter(({ labels }) => labels[LABELS.prebuild] !== undefined);
  }

  async #removeUses(images: readonly ImageSummary[], tag: PrebuildTag, except?: string): Promise<void> {
    const names = images.flatMap((image) => image.names).filter((name) => readUse(name)?.tag === tag);
    for (const name of names) if (name !== except) await this.#engine.removeImage(name);
  }
}

function toPrebuild({ id, names, labels, sizeBytes, createdAtMs }: ImageSummary): PrebuildImage[] {
  const specHash = labels[LABELS.prebuild];
  const spec = parseSpec(labels[LABELS.prebuildSpec] ?? '');
  if (specHash === undefined || spec === undefined) return [];
  const uses = new Map(names.flatMap((name) => readUse(name) ?? []).map((use) => [use.tag, use.usedAtMs]));
  const tags = names.flatMap((name) => readTag(name) ?? []).map((tag) => [tag, uses.get(tag)] as const);
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

function readTag(name: string): PrebuildTag | undefined {
  const [repository, tag = ''] = name.split(':');
  return repository === REPOSITORY ? prebuildTag(tag) : undefined;
}

function readUse(name: string): { tag: PrebuildTag; usedAtMs: number } | undefined {
  const [, text = '', seconds] = /^code-runner-prebuilt-used:(.+)--(\d+)$/.exec(name) ?? [];
  const tag = prebuildTag(text);
  return tag === undefined ? undefined : { tag, usedAtMs: Number(seconds) * 1000 };
}

function isUse(name: string): boolean {
  return readUse(name) !== undefined;
}
