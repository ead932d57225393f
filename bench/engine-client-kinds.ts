import type { Duplex } from 'node:stream';
import Docker from 'dockerode';
import type { Pool } from 'undici-types';
import type { ContainerOptions } from '../src/engines/docker/api/container-options.ts';
import { EngineHttp } from '../src/engines/docker/api/engine-http.ts';

const TIMEOUT_MS = 30_000;
const ATTACH = 'attach?stream=1&stdin=1&stdout=1&stderr=1';
const JSON_HEADERS = { 'content-type': 'application/json' };

/** The calls that a run makes of the engine, and one with a large answer, by one HTTP client. Every answer is checked by its client. */
export interface ClientUnderTest {
  readonly name: string;
  inspect(image: string): Promise<unknown>;
  create(options: ContainerOptions): Promise<string>;
  attach(id: string): Promise<Duplex>;
  start(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

/** The service's own client, without what the service puts on top of it. */
export function ours(socketPath: string): ClientUnderTest {
  const http = new EngineHttp(socketPath);
  const timeoutMs = TIMEOUT_MS;
  const json = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> =>
    JSON.parse((await http.request({ method, path, timeoutMs, body })).content.toString());
  return {
    name: 'ours',
    inspect: (image) => json('GET', `/images/${image}/json`),
    create: async (options) => idOf(await json('POST', '/containers/create', options)),
    attach: (id) => http.upgrade({ path: `/containers/${id}/${ATTACH}`, timeoutMs }),
    start: async (id) => void (await http.request({ method: 'POST', path: `/containers/${id}/start`, timeoutMs })),
    remove: async (id) =>
      void (await http.request({ method: 'DELETE', path: `/containers/${id}?force=1&v=1`, timeoutMs })),
    close: async () => http.close(),
  };
}

export function dockerode(socketPath: string): ClientUnderTest {
  const docker = new Docker({ socketPath });
  return {
    name: 'dockerode',
    inspect: (image) => docker.getImage(image).inspect(),
    // Its types want lists that may be changed.
    create: async (options) => (await docker.createContainer(structuredClone(options) as object)).id,
    attach: async (id) =>
      (await docker
        .getContainer(id)
        .attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true })) as Duplex,
    start: async (id) => void (await docker.getContainer(id).start()),
    remove: async (id) => void (await docker.getContainer(id).remove({ force: true, v: true })),
    close: async () => undefined,
  };
}

/** Not a dependency of ours: it is there when somebody has installed it to measure it. */
export async function undici(socketPath: string): Promise<ClientUnderTest> {
  const specifier: string = 'undici';
  const library = (await import(specifier)) as { Pool: typeof Pool };
  const pool = new library.Pool('http://engine', { socketPath, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_HEADERS };
    const answer = await pool.request({ method, path, ...sent });
    const text = await answer.body.text();
    if (answer.statusCode > 299) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text;
  };
  return {
    name: 'undici',
    inspect: async (image) => JSON.parse(await call('GET', `/images/${image}/json`)),
    create: async (options) => idOf(JSON.parse(await call('POST', '/containers/create', options))),
    attach: async (id) =>
      (await pool.upgrade({ method: 'POST', path: `/containers/${id}/${ATTACH}`, protocol: 'tcp' })).socket,
    start: async (id) => void (await call('POST', `/containers/${id}/start`)),
    remove: async (id) => void (await call('DELETE', `/containers/${id}?force=1&v=1`)),
    close: () => pool.close(),
  };
}

function idOf(answer: unknown): string {
  if (typeof answer === 'object' && answer !== null && 'Id' in answer && typeof answer.Id === 'string')
    return answer.Id;
  throw new Error(`no id in ${JSON.stringify(answer)}`);
}
