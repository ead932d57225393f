import type { Duplex } from 'node:stream';
import { asList, asObject, booleanAt, numberAt, objectAt, textAt, textsByKeyAt } from './answers.ts';
import type { ContainerOptions, ContainerResources } from './container-options.ts';
import type { EngineCall } from './deadlines.ts';
import { type EngineClient, withQuery } from './engine-client.ts';
import { imageMissing, isRefusal } from './engine-errors.ts';
import type { ImageConfig } from './images.ts';

export interface ContainerInfo {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `created`, `running`, `exited`, … */
  readonly state: string;
  readonly createdAtMs: number;
}

/** The engine's containers. */
export class Containers {
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Creates a container and returns its id. Rejects with `runtime_not_ready` if the image does not exist. */
  async create({ name = '', ...body }: ContainerOptions): Promise<string> {
    const path = withQuery('/containers/create', { name });
    try {
      const answer = await this.#client.json({ call: 'create container', method: 'POST', path, body });
      return textAt(asObject(answer, 'the new container'), 'Id');
    } catch (error) {
      throw isRefusal(error, 404) ? imageMissing(error) : error;
    }
  }

  /** The container's streams on one paused socket: written bytes go to stdin, read bytes are the multiplexed stdout and stderr. */
  attach(id: string): Promise<Duplex> {
    const path = `/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`;
    return this.#client.upgrade('attach container', path);
  }

  async start(id: string): Promise<void> {
    await this.#client.request({ call: 'start container', method: 'POST', path: `/containers/${id}/start` });
  }

  /** Changes the limits of a running container. Rejects if the kernel refuses one, which may leave others changed. */
  async update(id: string, resources: ContainerResources): Promise<void> {
    const path = `/containers/${id}/update`;
    await this.#client.request({ call: 'update container', method: 'POST', path, body: resources });
  }

  /** Kills and removes a container. Succeeds if it is already gone or being removed. */
  async remove(id: string): Promise<void> {
    const path = `/containers/${id}?force=1&v=1`;
    try {
      await this.#client.request({ call: 'remove container', method: 'DELETE', path });
    } catch (error) {
      if (!isRefusal(error, 404, 409)) throw error;
    }
  }

  /** Containers in any state that have a label, given as `key` or `key=value`. */
  async list(label: string): Promise<ContainerInfo[]> {
    const filters = JSON.stringify({ label: [label] });
    const answer = await this.#look('list containers', withQuery('/containers/json', { all: '1', filters }));
    return asList(answer, 'the containers', (container) => ({
      id: textAt(container, 'Id'),
      labels: textsByKeyAt(container, 'Labels'),
      state: textAt(container, 'State'),
      createdAtMs: numberAt(container, 'Created') * 1000,
    }));
  }

  /** Ids of the images of all containers, in any state. */
  async imagesInUse(): Promise<ReadonlySet<string>> {
    const answer = await this.#look('list containers', '/containers/json?all=1');
    return new Set(asList(answer, 'the containers', (container) => textAt(container, 'ImageID')));
  }

  async isRunning(id: string): Promise<boolean> {
    const container = asObject(await this.#look('inspect container', `/containers/${id}/json`), 'the container');
    return booleanAt(objectAt(container, 'State'), 'Running');
  }

  /** Whether the kernel's out-of-memory killer ended a container; `undefined` if the engine does not know it any more. */
  async wasOutOfMemory(id: string): Promise<boolean | undefined> {
    try {
      const container = asObject(await this.#look('inspect container', `/containers/${id}/json`), 'the container');
      return booleanAt(objectAt(container, 'State'), 'OOMKilled');
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  /** Bytes that a container has written to its own layer; `undefined` if the engine does not report it. */
  async size(id: string): Promise<number | undefined> {
    const container = asObject(await this.#look('measure container', `/containers/${id}/json?size=1`), 'the container');
    const bytes = container['SizeRw'] === undefined ? -1 : numberAt(container, 'SizeRw');
    return bytes >= 0 ? bytes : undefined;
  }

  /** The number of processes and threads in a container, including PID 1; `undefined` if the engine does not report it. */
  async countProcesses(id: string): Promise<number | undefined> {
    const stats = asObject(
      await this.#look('count processes', `/containers/${id}/stats?stream=0&one-shot=1`),
      'the statistics',
    );
    const pids = stats['pids_stats'] === undefined ? {} : objectAt(stats, 'pids_stats');
    return pids['current'] === undefined ? undefined : numberAt(pids, 'current');
  }

  /** Creates an image from what a container has written. Resolves with its id. The image has no tag yet. */
  async commit(id: string, config: ImageConfig): Promise<string> {
    const path = withQuery('/commit', { container: id, pause: '0' });
    const answer = await this.#client.json({ call: 'commit container', method: 'POST', path, body: config });
    return textAt(asObject(answer, 'the new image'), 'Id');
  }

  #look(call: EngineCall, path: string): Promise<unknown> {
    return this.#client.json({ call, method: 'GET', path });
  }
}
