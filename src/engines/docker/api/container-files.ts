import { asObject, numberAt, unexpected } from './answers.ts';
import { type EngineClient, withQuery } from './engine-client.ts';
import { isRefusal } from './engine-errors.ts';
import { headerOf } from './http-response.ts';

const STATUS_HEADER = 'x-docker-container-path-stat';

/** What there is at a path of a container. The mode is Go's `os.FileMode`. */
export interface PathStatus {
  readonly size: number;
  readonly mode: number;
}

/** The files of containers, running or not. */
export class ContainerFiles {
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** What is at a path of a container, links not followed at the end; `undefined` where nothing is. */
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

  /** A path of a container with everything beneath, as a tar archive. */
  async read(containerId: string, path: string): Promise<Buffer> {
    const request = { call: 'read files', method: 'GET', path: archivePath(containerId, path) } as const;
    return (await this.#client.request(request)).content;
  }

  /** Unpacks a tar archive at the root of a container. What stands in an entry's way is replaced; links are not followed. */
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
