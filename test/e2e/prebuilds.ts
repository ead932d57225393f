import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { sharedNames } from '../../src/engines/docker/shared-names.ts';
import { DOCKER_SOCKET, type Problem, Service } from './service.ts';

/** The fields of a listed prebuild that tests read. */
export interface Entry {
  readonly tag: string;
  readonly base_image: string;
  readonly layer_size_bytes: number;
  readonly last_used: string | null;
  readonly stale: boolean;
  readonly labels: Record<string, string>;
}

/** A namespace for this process only, so that services of other tests neither see nor clean up its prebuilds, and vice versa. */
export const NAMES = sharedNames(`code-runner-test-${process.pid}`);

/** A service for tests of prebuilds, with the certificates that this machine's network may need. */
export function startWithPrebuilds(environment: Record<string, string> = {}): Promise<Service> {
  const names = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  const network = names.flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Service.start({
    ...Object.fromEntries(network),
    RUNTIMES: 'python',
    ENGINE_NAMESPACE: NAMES.namespace,
    ...environment,
  });
}

export interface PrebuildAnswer {
  readonly status: number;
  readonly body: Entry & Problem & { readonly status: string };
}

/** Sends a body to `POST /prebuild`. */
export async function build(service: Service, body: unknown, signal?: AbortSignal): Promise<PrebuildAnswer> {
  const response = await fetch(`${service.url}/prebuild`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    ...(signal ? { signal } : {}),
  });
  return { status: response.status, body: (await response.json()) as PrebuildAnswer['body'] };
}

/** Builds a prebuild. The build must succeed. */
export async function built(service: Service, body: unknown): Promise<Entry> {
  const answer = await build(service, body);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body.detail}`);
  return answer.body;
}

export async function listed(service: Service): Promise<Entry[]> {
  return ((await service.get('/prebuilds')).body as { prebuilds: Entry[] }).prebuilds;
}

/** Removes all prebuilds of these services, with or without a tag, and the networks that they left. */
export async function removePrebuildsOf(...services: Service[]): Promise<void> {
  const engine = new Engine(DOCKER_SOCKET);
  const ids = services.map(({ instanceId }) => instanceId);
  for (const { id, names, labels } of await engine.images.list()) {
    if (labels[LABELS.prebuild] === undefined || !ids.includes(labels[LABELS.instance] ?? '')) continue;
    for (const name of names) await engine.images.remove(name);
    await engine.images.removeUnused(id);
  }
  for (const name of [NAMES.egressNetwork, NAMES.buildNetwork]) await engine.networks.remove(name);
}
