import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import Docker, { type ContainerCreateOptions } from 'dockerode';
import { RunnerError } from '../../../core/errors.ts';
import { EngineHttp } from './engine-http.ts';
import { withLivenessCheck } from './liveness.ts';

const PING_TIMEOUT_MS = 1000;

export interface ImageInfo {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerInfo {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `created`, `running`, `exited`, … */
  readonly state: string;
  readonly createdAtMs: number;
}

export interface BuildOptions {
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly dockerfile: string;
  /** Every line that the build prints. */
  readonly onLog: (text: string) => void;
}

interface ListedImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Size: number;
  /** Seconds since 1970. */
  readonly Created: number;
}

/** An image as a listing shows it. */
export interface ImageSummary {
  readonly id: string;
  /** Names with their tags, as `repository:tag`. */
  readonly names: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
}

/** What containers of an image have unless they say otherwise. */
export type ImageConfig = Pick<ContainerCreateOptions, 'Env' | 'Entrypoint' | 'Cmd' | 'User' | 'WorkingDir' | 'Labels'>;

/** What there is at a path of a container. The mode is Go's `os.FileMode`. */
export interface PathStatus {
  readonly size: number;
  readonly mode: number;
}

type DialOptions = Parameters<Docker['modem']['dial']>[0];

/** What the engine refused, with its HTTP status; no status when it could not be reached. */
interface EngineFailure extends Error {
  readonly statusCode?: number;
}

/** The one gateway to Docker: verbs of our own, and failures as `RunnerError`. */
export class Engine {
  readonly #docker: Docker;
  readonly #http: EngineHttp;

  constructor(socketPath: string) {
    this.#docker = new Docker({ socketPath });
    this.#http = new EngineHttp(socketPath);
  }

  /** Resolves when the engine answers in time; rejects with `engine_unavailable`. */
  async ping(): Promise<void> {
    try {
      await this.#http.call('GET', '/_ping', { timeoutMs: PING_TIMEOUT_MS });
    } catch (error) {
      throw engineUnavailable(error);
    }
  }

  /** Creates a container and answers its id. An image that is not there is `runtime_not_ready`. */
  async createContainer({ name = '', ...options }: ContainerCreateOptions): Promise<string> {
    const path = `/containers/create?name=${encodeURIComponent(name)}`;
    try {
      const { Id } = (await this.#withLivenessCheck(() => this.#http.call('POST', path, { body: options }))) as {
        Id: string;
      };
      return Id;
    } catch (error) {
      throw isStatus(error, 404) ? imageMissing(error) : error;
    }
  }

  /** The container's three streams on one socket, paused: written bytes are its stdin, read bytes the multiplexed stdout and stderr. */
  attach(containerId: string): Promise<Duplex> {
    const path = `/containers/${containerId}/attach?stream=1&stdin=1&stdout=1&stderr=1`;
    return this.#withLivenessCheck(() => this.#http.upgrade(path));
  }

  async startContainer(containerId: string): Promise<void> {
    await this.#withLivenessCheck(() => this.#http.call('POST', `/containers/${containerId}/start`));
  }

  /** Kills and removes a container. One that is already gone, or going, is fine. */
  async removeContainer(containerId: string): Promise<void> {
    try {
      await this.#withLivenessCheck(() => this.#http.call('DELETE', `/containers/${containerId}?force=1&v=1`));
    } catch (error) {
      if (!isStatus(error, 404, 409)) throw error;
    }
  }

  /** Containers in any state that carry a label, given as `key` or `key=value`. */
  async listContainers(label: string): Promise<ContainerInfo[]> {
    const containers = await this.#withLivenessCheck(() =>
      this.#docker.listContainers({ all: true, filters: { label: [label] } }),
    );
    return containers.map(({ Id, Labels, State, Created }) => ({
      id: Id,
      labels: Labels,
      state: State,
      createdAtMs: Created * 1000,
    }));
  }

  /** Whether the kernel's out-of-memory killer ended a container; `undefined` when the engine no longer knows it. */
  async wasOutOfMemory(containerId: string): Promise<boolean | undefined> {
    try {
      const { State } = await this.#withLivenessCheck(() => this.#docker.getContainer(containerId).inspect());
      return State.OOMKilled;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** The image behind a tag, or `undefined`. */
  async findImage(tag: string): Promise<ImageInfo | undefined> {
    try {
      const image = await this.#withLivenessCheck(() => this.#docker.getImage(tag).inspect());
      return { id: image.Id, labels: image.Config.Labels ?? {} };
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Ids of those of these images that are there, by name. One call, however many they are. */
  async findImageIds(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const filters = encodeURIComponent(JSON.stringify({ reference: names }));
    const images = await this.#images(`?filters=${filters}`);
    const ids = new Map(images.flatMap(({ id, names: tags }) => tags.map((tag) => [tag, id] as const)));
    return new Map(names.flatMap((name) => pair(name, ids.get(`${name}:latest`))));
  }

  /** Removes a tag, and its image when that was the last one. One that is not there is fine. */
  async removeImage(tag: string): Promise<void> {
    try {
      await this.#withLivenessCheck(() => this.#docker.getImage(tag).remove({ force: true }));
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }

  /** Builds an image from a tar context. Rejects with the last of the log when a step fails. */
  async buildImage(context: Readable, options: BuildOptions): Promise<void> {
    const progress = await this.#docker.buildImage(context, {
      t: options.tag,
      labels: options.labels,
      buildargs: options.buildArgs,
      dockerfile: options.dockerfile,
      forcerm: true,
    });
    await this.#follow(progress, options.onLog);
  }

  /** Pulls an image; rejects where no registry answers. */
  async pullImage(tag: string, onLog: (text: string) => void): Promise<void> {
    await this.#follow(await this.#docker.pull(tag), onLog);
  }

  /** Makes an image from a tar of a root file system. */
  async importImage(rootfs: Readable, tag: string): Promise<void> {
    const [repo, version] = tag.split(':');
    const progress = await this.#dial<NodeJS.ReadableStream>({
      path: `/images/create?fromSrc=-&repo=${repo}&tag=${version}&`,
      method: 'POST',
      file: rootfs,
      isStream: true,
      statusCodes: { 200: true, 500: 'server error' },
    });
    await this.#follow(progress, () => undefined);
  }

  /** Makes the bridge network of that name unless it is there. Containers on it cannot reach one another. */
  async ensureNetwork(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const found = await this.#withLivenessCheck(() => this.#docker.listNetworks({ filters: { name: [name] } }));
    if (found.some((network) => network.Name === name)) return;
    await this.#withLivenessCheck(() =>
      this.#docker.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Labels: { ...labels },
        Options: { 'com.docker.network.bridge.enable_icc': 'false' },
      }),
    );
  }

  /** Removes a network unless somebody still uses it. */
  async removeNetwork(name: string): Promise<void> {
    try {
      await this.#withLivenessCheck(() => this.#docker.getNetwork(name).remove());
    } catch (error) {
      if (!isStatus(error, 403, 404, 409)) throw error;
    }
  }

  /** Every image that has a name or was made as a whole; not the layers between. */
  listImages(): Promise<ImageSummary[]> {
    return this.#images('');
  }

  async #images(query: string): Promise<ImageSummary[]> {
    const images = (await this.#withLivenessCheck(() =>
      this.#http.call('GET', `/images/json${query}`),
    )) as ListedImage[];
    return images.map(({ Id, RepoTags, Labels, Size, Created }) => ({
      id: Id,
      names: (RepoTags ?? []).filter((name) => name !== '<none>:<none>'),
      labels: Labels ?? {},
      sizeBytes: Size,
      createdAtMs: Created * 1000,
    }));
  }

  /** Id and configuration of an image. Rejects with `runtime_not_ready` where there is none. */
  async inspectImage(name: string): Promise<{ id: string; config: ImageConfig }> {
    try {
      const { Id, Config } = await this.#withLivenessCheck(() => this.#docker.getImage(name).inspect());
      const { Env, Entrypoint, Cmd, User, WorkingDir, Labels } = Config;
      const config = { Env, Cmd, User, WorkingDir, Labels, ...(Entrypoint ? { Entrypoint } : {}) };
      return { id: Id, config };
    } catch (error) {
      throw isStatus(error, 404) ? imageMissing(error) : error;
    }
  }

  /** Gives an image a name, taking it from the image that had it. */
  async tagImage(image: string, repository: string, tag: string): Promise<void> {
    const path = `/images/${image}/tag?repo=${encodeURIComponent(repository)}&tag=${encodeURIComponent(tag)}`;
    await this.#withLivenessCheck(() => this.#http.call('POST', path));
  }

  /** Removes an image that nothing names or uses. `false` where something does; one that is not there is fine. */
  async removeUnusedImage(id: string): Promise<boolean> {
    try {
      await this.#withLivenessCheck(() => this.#http.call('DELETE', `/images/${id}`));
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return true;
      if (isStatus(error, 409)) return false;
      throw error;
    }
  }

  /** Ids of the images that containers in any state are made of. */
  async imagesInUse(): Promise<ReadonlySet<string>> {
    const path = '/containers/json?all=1';
    const containers = (await this.#withLivenessCheck(() => this.#http.call('GET', path))) as { ImageID: string }[];
    return new Set(containers.map(({ ImageID }) => ImageID));
  }

  /** Bytes that a container has written to its own layer; `undefined` where the engine cannot tell. */
  async containerSize(containerId: string): Promise<number | undefined> {
    const path = `/containers/${containerId}/json?size=1`;
    const { SizeRw } = (await this.#withLivenessCheck(() => this.#http.call('GET', path))) as { SizeRw?: number };
    return SizeRw !== undefined && SizeRw >= 0 ? SizeRw : undefined;
  }

  /** Processes and threads in a container now, PID 1 among them; `undefined` where the engine cannot tell. */
  async countProcesses(containerId: string): Promise<number | undefined> {
    const path = `/containers/${containerId}/stats?stream=0&one-shot=1`;
    const stats = (await this.#withLivenessCheck(() => this.#http.call('GET', path))) as {
      pids_stats?: { current?: number };
    };
    return stats.pids_stats?.current;
  }

  /** What is at a path of a container, links not followed at the end; `undefined` where nothing is. */
  async statPath(containerId: string, path: string): Promise<PathStatus | undefined> {
    try {
      const answer = await this.#withLivenessCheck(() => this.#docker.getContainer(containerId).infoArchive({ path }));
      const header = (answer as unknown as IncomingMessage).headers['x-docker-container-path-stat'];
      return JSON.parse(Buffer.from(String(header), 'base64').toString()) as PathStatus;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** A path of a container with everything beneath, as a tar archive. */
  async readArchive(containerId: string, path: string): Promise<Buffer> {
    const stream = await this.#withLivenessCheck(() => this.#docker.getContainer(containerId).getArchive({ path }));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  /** Unpacks a tar archive at the root of a container. What stands in an entry's way is replaced; links are not followed. */
  async writeArchive(containerId: string, archive: Buffer): Promise<void> {
    await this.#withLivenessCheck(() => this.#docker.getContainer(containerId).putArchive(archive, { path: '/' }));
  }

  /** Makes an image of what a container has written. Resolves with its id; nothing names it yet. */
  async commitContainer(containerId: string, config: ImageConfig): Promise<string> {
    const path = `/commit?container=${containerId}&pause=0`;
    const { Id } = (await this.#withLivenessCheck(() => this.#http.call('POST', path, { body: config }))) as {
      Id: string;
    };
    return Id;
  }

  /** A call that dockerode has no method for, or not the right one. */
  #dial<T>(request: DialOptions): Promise<T> {
    return new Promise((resolve, reject) =>
      this.#docker.modem.dial(request, (error: Error | null, answer: unknown) =>
        error ? reject(error) : resolve(answer as T),
      ),
    );
  }

  async #withLivenessCheck<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await withLivenessCheck(call(), () => this.ping());
    } catch (error) {
      throw asRunnerError(error);
    }
  }

  /** Reads a progress stream to its end; rejects with the engine's own words when it reports an error. */
  #follow(progress: NodeJS.ReadableStream, onLog: (text: string) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#docker.modem.followProgress(
        progress,
        (error) => (error ? reject(error) : resolve()),
        (event: { stream?: string; status?: string; error?: string }) => {
          if (event.error !== undefined) reject(new Error(event.error));
          else onLog(event.stream ?? `${event.status ?? ''}\n`);
        },
      );
    });
  }
}

function pair(name: string, id: string | undefined): [string, string][] {
  return id === undefined ? [] : [[name, id]];
}

function asRunnerError(error: unknown): RunnerError {
  if (error instanceof RunnerError) return error;
  const status = (error as EngineFailure).statusCode;
  if (status === undefined || status >= 500) return engineUnavailable(error);
  return new RunnerError('internal', 'The container engine refused a request.', { cause: error });
}

function imageMissing(cause: unknown): RunnerError {
  return new RunnerError('runtime_not_ready', 'The image of the runtime is not there. Build it with npm run images.', {
    cause,
  });
}

function engineUnavailable(cause: unknown): RunnerError {
  return new RunnerError('engine_unavailable', 'The container engine does not answer.', { cause, retryAfterMs: 1000 });
}

function isStatus(error: unknown, ...statuses: number[]): boolean {
  if (!(error instanceof RunnerError)) return false;
  const status = (error.cause as EngineFailure | undefined)?.statusCode;
  return status !== undefined && statuses.includes(status);
}
