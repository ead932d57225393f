import { once } from 'node:events';
import type { ContainerOptions } from '../src/engines/docker/api/container-options.ts';
import { type ClientUnderTest, dockerode, ours, undici } from './engine-client-kinds.ts';
import { logProgress } from './progress.ts';
import { round, summarize } from './statistics.ts';
import { renderTable } from './table.ts';

/**
 * Measures HTTP clients on the engine: a small program's whole container (create, attach, start, read to the end, remove), and single
 * calls. The clients alternate, so that drift of the machine affects all of them equally. CPU time is that of this process, which only runs the client.
 *
 *     npm install --no-save undici@7
 *     node --import tsx bench/engine-clients.ts
 */

const SOCKET = process.env['DOCKER_SOCKET'] ?? '/var/run/docker.sock';
const IMAGE = 'code-runner-python';
const ROUNDS = 6;
const CYCLES = 20;
const CALLS = 400;
const AT_ONCE = 8;
const CONTAINER: ContainerOptions = {
  Image: IMAGE,
  Entrypoint: ['/bin/echo', 'done'],
  Labels: { 'code-runner.bench': 'clients' },
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: true,
  StdinOnce: true,
  NetworkDisabled: true,
  HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } },
};

type Work = (client: ClientUnderTest) => Promise<void>;

interface Measured {
  readonly milliseconds: number[];
  cpuMs: number;
}

interface Trial {
  readonly what: string;
  readonly times: number;
  readonly atOnce: number;
  readonly work: Work;
}

const TRIALS: readonly Trial[] = [
  { what: 'create, attach, start, read, remove', times: CYCLES, atOnce: 1, work: cycle },
  { what: 'inspect an image', times: CALLS, atOnce: 1, work: inspect },
  { what: `inspect an image, ${AT_ONCE} at once`, times: CALLS, atOnce: AT_ONCE, work: inspect },
];

async function cycle(client: ClientUnderTest): Promise<void> {
  const id = await client.create(CONTAINER);
  try {
    const streams = await client.attach(id);
    const chunks: Buffer[] = [];
    streams.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
    const ended = once(streams, 'end');
    await client.start(id);
    await ended;
    streams.destroy();
    if (!Buffer.concat(chunks).toString().endsWith('done\n')) throw new Error(`${client.name} lost the output`);
  } finally {
    await client.remove(id);
  }
}

async function inspect(client: ClientUnderTest): Promise<void> {
  await client.inspect(IMAGE);
}

async function measure(client: ClientUnderTest, { times, atOnce, work }: Trial, into: Measured): Promise<void> {
  const before = process.cpuUsage();
  let begun = 0;
  const worker = async () => {
    while (begun < times) {
      begun += 1;
      const beganAt = performance.now();
      await work(client);
      into.milliseconds.push(performance.now() - beganAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const { user, system } = process.cpuUsage(before);
  into.cpuMs += (user + system) / 1000;
}

/** Each client in turn, in each round beginning with another. The first round warms up and does not count. */
async function compare(trial: Trial, clients: readonly ClientUnderTest[]): Promise<Map<string, Measured>> {
  const results = new Map(clients.map(({ name }) => [name, { milliseconds: [], cpuMs: 0 } as Measured]));
  for (let turn = 0; turn <= ROUNDS; turn += 1) {
    for (const [index] of clients.entries()) {
      const client = clients[(turn + index) % clients.length] as ClientUnderTest;
      const kept = turn === 0 ? undefined : results.get(client.name);
      await measure(client, trial, kept ?? { milliseconds: [], cpuMs: 0 });
    }
  }
  return results;
}

const clients = [ours(SOCKET), dockerode(SOCKET), await undici(SOCKET)];
for (const trial of TRIALS) {
  logProgress(trial.what);
  const rows = [...(await compare(trial, clients))].map(([name, { milliseconds, cpuMs }]) => {
    const { count, p50, p95, p99 } = summarize(milliseconds);
    return [name, count, p50, p95, p99, round(cpuMs / count)];
  });
  process.stdout.write(renderTable(trial.what, ['client', 'times', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms each'], rows));
}
await Promise.all(clients.map((client) => client.close()));
