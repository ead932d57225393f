import { ContainerFiles } from './container-files.ts';
import { Containers } from './containers.ts';
import { DEADLINES_MS, type Deadlines } from './deadlines.ts';
import { EngineClient } from './engine-client.ts';
import { ImageSources } from './image-sources.ts';
import { Images } from './images.ts';
import { Networks } from './networks.ts';

/** A container engine that speaks Docker's API on a socket. Failures are `RunnerError`. */
export class Engine {
  readonly containers: Containers;
  readonly files: ContainerFiles;
  readonly images: Images;
  readonly networks: Networks;
  readonly sources: ImageSources;
  readonly #client: EngineClient;

  constructor(socketPath: string, deadlines: Deadlines = DEADLINES_MS) {
    this.#client = new EngineClient(socketPath, deadlines);
    this.containers = new Containers(this.#client);
    this.files = new ContainerFiles(this.#client);
    this.images = new Images(this.#client);
    this.networks = new Networks(this.#client);
    this.sources = new ImageSources(socketPath, deadlines);
  }

  /** Resolves when the engine answers in time; rejects with `engine_unavailable`. */
  ping(): Promise<void> {
    return this.#client.ping();
  }
}
