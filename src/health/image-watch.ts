import { withDeadline } from './deadline.ts';

/** How long an answer of the engine is reused, so that health checks do not load it. */
const FRESH_MS = 100;
/** An engine that takes longer than this to list images counts as not answering. */
const ANSWER_MS = 5000;

/** What health checks ask the engine. */
export interface EngineProbe {
  ping(): Promise<void>;
  /** Ids of all images that exist, by name. */
  imageIds(): Promise<ReadonlyMap<string, string>>;
  /** Creates a container of this image without starting it, and removes it. Fails if the disk is full. */
  dryRunCreate(image: string): Promise<void>;
}

export interface ImageWatchOptions {
  readonly engine: Pick<EngineProbe, 'ping' | 'imageIds'>;
  readonly images: readonly string[];
  /** Called when an image has changed or disappeared. */
  readonly onImageChange: (image: string) => void;
}

/** Knows whether the engine answers and which images it has. */
export class ImageWatch {
  readonly #options: ImageWatchOptions;
  /** The last known id of each image. Kept while the engine does not answer. */
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

  /** The last known id of an image; `undefined` if it does not exist or the engine does not answer. */
  idOf(image: string): string | undefined {
    return this.#ids.get(image);
  }

  /** Asks the engine. Concurrent callers share one request. */
  look(): Promise<void> {
    if (performance.now() - this.#lookedAt < FRESH_MS) return Promise.resolve();
    this.#looking ??= this.#lookAtEngine().finally(() => {
      this.#lookedAt = performance.now();
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAtEngine(): Promise<void> {
    const { engine } = this.#options;
    try {
      const [ids] = await withDeadline(Promise.all([engine.imageIds(), engine.ping()]), ANSWER_MS);
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
