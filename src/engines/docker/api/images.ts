import { asList, asObject, type JsonObject, numberAt, objectAt, textAt, textsAt, textsByKeyAt } from './answers.ts';
import type { ContainerOptions } from './container-options.ts';
import { type EngineClient, withQuery } from './engine-client.ts';
import { imageMissing, isRefusal } from './engine-errors.ts';

/** How the engine lists an image without a name. */
const NAMELESS = '<none>:<none>';

export interface ImageInfo {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An image as a listing shows it. */
export interface ImageSummary extends ImageInfo {
  /** Names with their tags, as `repository:tag`. */
  readonly names: readonly string[];
  readonly sizeBytes: number;
  readonly createdAtMs: number;
}

/** The defaults that an image sets for its containers. */
export type ImageConfig = Pick<ContainerOptions, 'Env' | 'Entrypoint' | 'Cmd' | 'User' | 'WorkingDir' | 'Labels'>;

/** The engine's images. */
export class Images {
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** The image behind a tag, or `undefined`. */
  async find(tag: string): Promise<ImageInfo | undefined> {
    try {
      const image = await this.#inspect(tag);
      return { id: textAt(image, 'Id'), labels: textsByKeyAt(objectAt(image, 'Config'), 'Labels') };
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  /** Id and configuration of an image. Rejects with `runtime_not_ready` if it does not exist. */
  async inspect(name: string): Promise<{ id: string; config: ImageConfig }> {
    try {
      const image = await this.#inspect(name);
      return { id: textAt(image, 'Id'), config: readConfig(objectAt(image, 'Config')) };
    } catch (error) {
      throw isRefusal(error, 404) ? imageMissing(error) : error;
    }
  }

  /** All images except intermediate layers. */
  async list(): Promise<ImageSummary[]> {
    const answer = await this.#client.json({ call: 'list images', method: 'GET', path: '/images/json' });
    return asList(answer, 'the images', readSummary);
  }

  /** Gives an image a name. If another image had the name, it loses it. */
  async tag(image: string, repository: string, tag: string): Promise<void> {
    const path = withQuery(`/images/${image}/tag`, { repo: repository, tag });
    await this.#client.request({ call: 'tag image', method: 'POST', path });
  }

  /** Removes a tag, and its image if that was the last tag. Succeeds if the tag does not exist. */
  async remove(tag: string): Promise<void> {
    try {
      await this.#delete(`/images/${tag}?force=1`);
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
    }
  }

  /** Removes an image without tags and containers. Returns `false` if it has any. Succeeds if the image does not exist. */
  async removeUnused(id: string): Promise<boolean> {
    try {
      await this.#delete(`/images/${id}`);
      return true;
    } catch (error) {
      if (isRefusal(error, 404)) return true;
      if (isRefusal(error, 409)) return false;
      throw error;
    }
  }

  async #inspect(name: string): Promise<JsonObject> {
    const path = `/images/${name}/json`;
    return asObject(await this.#client.json({ call: 'inspect image', method: 'GET', path }), 'the image');
  }

  async #delete(path: string): Promise<void> {
    await this.#client.request({ call: 'remove image', method: 'DELETE', path });
  }
}

function readSummary(image: JsonObject): ImageSummary {
  return {
    id: textAt(image, 'Id'),
    names: textsAt(image, 'RepoTags').filter((name) => name !== NAMELESS),
    labels: textsByKeyAt(image, 'Labels'),
    sizeBytes: numberAt(image, 'Size'),
    createdAtMs: numberAt(image, 'Created') * 1000,
  };
}

function readConfig(config: JsonObject): ImageConfig {
  return {
    Env: textsAt(config, 'Env'),
    Cmd: textsAt(config, 'Cmd'),
    // Newer engines leave out empty values.
    User: config['User'] === undefined ? '' : textAt(config, 'User'),
    WorkingDir: config['WorkingDir'] === undefined ? '' : textAt(config, 'WorkingDir'),
    Labels: textsByKeyAt(config, 'Labels'),
    ...(config['Entrypoint'] ? { Entrypoint: textsAt(config, 'Entrypoint') } : {}),
  };
}
