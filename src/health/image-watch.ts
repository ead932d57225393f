import { withDeadline } from './deadline.ts';

/** How long an answer about the engine may be reused, so that health checks cannot become a load. */
const FRESH_MS = 100;
/** An engine that takes longer than this to list images does not answer. */
const ANSWER_MS = 5000;

/** What the engine says about itself and its images; implemented where Docker is known. */
export interface EngineProbe {
  ping(): Promise<void>;
  /** Ids of those of these images that are there, by name. */
  imageIds(images: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Makes a sandbox of this image as far as it goes without starting it, and removes it: a full disk shows here. */
  dryRunCreate(image: string): Promise<void>;
}

export interface ImageWatchOptions {
  readonly engine: Pick<EngineProbe, 'ping' | 'imageIds'>;
  readonly images: readonly string[];
  /** An image is not the one that it was, or is gone. */
  readonly onImageChange: (image: string) => void;
}

/** Whether the engine answers, and which images it has. */
export class ImageWatch {
  readonly #options: ImageWatchOptions;
  /** The last id seen of each image, also while the engine is away. */
  readonly #lastIds = new Map<string, string>();
  #ids: ReadonlyMap<string, string> = new Map();
  #isConnected = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(options: ImageWatchOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Id of an image as last seen; `undefined` where it is not there, or the engine is away. */
  idOf(image: string): string | undefined {
    return this.#ids.get(image);
  }

  /** One look serves all who ask at the same time. */
  look(): Promise<void> {
    if (performance.now() - this.#lookedAt < FRESH_MS) return Promise.resolve();
    this.#looking ??= this.#lookAtEngine().finally(() => {
      this.#lookedAt = performance.now();
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAtEngine(): Promise<void> {
    const { engine, images } = this.#options;
    try {
      const [ids] = await withDeadline(Promise.all([engine.imageIds(images), engine.ping()]), ANSWER_MS);
      this.#ids = ids;
      this.#isConnected = true;
      this.#noteChanges();
    } catch {
      this.#isConnected = false;
      this.#ids = new Map();
    }
  }

  #noteChanges(): void {
    for (const image of this.#options.images) {
      const id = this.#ids.get(image);
      const lastId = this.#lastIds.get(image);
      if (id === undefined) this.#lastIds.delete(image);
      else this.#lastIds.set(image, id);
      if (lastId !== undefined && lastId !== id) this.#options.onImageChange(image);
    }
  }
}
