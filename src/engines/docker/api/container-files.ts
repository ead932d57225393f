import { asObject, numberAt, unexpected } from './answers.ts';
import { type EngineClient, withQuery } from './engine-client.ts';
import { isRefusal } from './engine-errors.ts';
import { headerOf } from './http-response.ts';

const STATUS_HEADER = 'x-docker-container-path-stat';

/** The status of a path in a container. The mode is Go's `os.FileMode`. */
export interface PathStatus {
  readonly size: number;
  readonly mode: number;
}

/** Files of containers, running or not. */
export class ContainerFiles {
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** The status of a path, without following a link at its end; `undefined` if the path does not exist. */
  async stat(containerId: string, path: string): Promise<PathStatus | undefined> {
    try {
      const response = await this.#client.request({
        call: 'stat file',
        method: 'HEAD',
        path: archivePath(containerId, path),
      });
      return readStatus(headerOf(response, STATUS_HEADER));
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  /** A path with everything beneath it, as a tar archive. */
  async read(containerId: string, path: string): Promise<Buffer> {
    const request = { call: 'read files', method: 'GET', path: archivePath(containerId, path) } as const;
    return (await this.#client.request(request)).content;
  }

  /** Unpacks a tar archive at the root of a container. Replaces existing files and does not follow links. */
  async write(containerId: string, archive: Buffer): Promise<void> {
    const path = archivePath(containerId, '/');
    await this.#client.request({ call: 'write files', method: 'PUT', path, body: archive });
  }
}

function archivePath(containerId: string, path: string): string {
  return withQuery(`/containers/${containerId}/archive`, { path });
}

function readStatus(header: string | undefined): PathStatus {
  try {
    const status = asObject(JSON.parse(Buffer.from(header ?? '', 'base64').toString()), 'the status of the path');
    return { size: numberAt(status, 'size'), mode: numberAt(status, 'mode') };
  } catch {
    throw unexpected(`${STATUS_HEADER} is ${header}`);
  }
}
