// @shared-engine
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLimits } from '../../src/core/limits.ts';
import type { ContainerOptions, HostConfig } from '../../src/engines/docker/api/container-options.ts';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { sandboxContainer } from '../../src/engines/docker/container-config.ts';
import { Demux } from '../../src/engines/docker/demux.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { DOCKER_SOCKET } from '../e2e/service.ts';
import { eventually } from '../eventually.ts';
import { MEBIBYTE, POLICY } from '../fixtures.ts';
import { program, RUNTIME } from './attack.ts';

const PROBE_WITHIN_MS = 20_000;
const LIMITS = { ...defaultLimits(POLICY), memoryBytes: 48 * MEBIBYTE, diskBytes: 8 * MEBIBYTE, pids: 64, cpus: 0.1 };
const engine = new Engine(DOCKER_SOCKET);

/** Removes one protection from the sandbox's container. */
type Weakening = (options: ContainerOptions, host: HostConfig) => ContainerOptions;

/** The container of a sandbox exactly as the service creates it, except that its first process is the probe. */
function probeContainer(
  attempt: string,
  args: readonly string[],
  weaken: Weakening,
  limits = LIMITS,
): ContainerOptions {
  const options = sandboxContainer(
    { image: `code-runner-${RUNTIME}`, limits, isolation: 'container' },
    {
      uid: 1000,
      name: `probe-${randomUUID()}`,
      labels: { [LABELS.sandbox]: 'probe' },
      ociRuntime: undefined,
      network: 'bridge',
      ipv6: true,
      maxCells: 1,
    },
  );
  const strict = { ...options, Entrypoint: ['python3', '-c', program('probe.py'), attempt, ...args] };
  return weaken(strict, strict.HostConfig ?? {});
}

/** The output of the probe; empty if it was killed before it printed anything. */
async function output(options: ContainerOptions): Promise<string> {
  const id = await engine.containers.create(options);
  try {
    const socket = await engine.containers.attach(id);
    const chunks: Buffer[] = [];
    const sink = (chunk: Buffer) => void chunks.push(chunk);
    const demux = new Demux({ stdout: sink, stderr: sink });
    const closed = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => demux.push(chunk));
      socket.once('end', () => resolve());
      socket.once('close', () => resolve());
      socket.once('error', () => resolve());
      socket.resume();
    });
    await engine.containers.start(id);
    const late = new AbortController();
    await Promise.race([closed, sleep(PROBE_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    socket.destroy();
    return Buffer.concat(chunks).toString();
  } finally {
    await engine.containers.remove(id);
  }
}

/** Starts a container and waits for the first that it prints. */
async function startUntilOutput(id: string): Promise<void> {
  const socket = await engine.containers.attach(id);
  const printed = once(socket, 'data', { signal: AbortSignal.timeout(PROBE_WITHIN_MS) });
  socket.resume();
  await engine.containers.start(id);
  await printed;
  socket.destroy();
}

const asIs: Weakening = (options) => options;

function host(changes: HostConfig): Weakening {
  return (options, hostConfig) => ({ ...options, HostConfig: { ...hostConfig, ...changes } });
}

function both(first: Weakening, second: Weakening): Weakening {
  return (options, hostConfig) => {
    const changed = first(options, hostConfig);
    return second(changed, changed.HostConfig ?? {});
  };
}

const asRoot: Weakening = (options) => ({ ...options, User: '0:0' });
const inGroup2000 = host({ GroupAdd: ['2000'] });
const roomyDisk = { '/tmp': 'rw,exec,nosuid,nodev,size=64m,mode=777,uid=1000,gid=1000' };

function tmpfs(from: string, to: string): Weakening {
  return (options, hostConfig) => {
    const mounts = Object.entries(hostConfig.Tmpfs ?? {}).map(([path, text]) => [path, text.replace(from, to)]);
    return host({ Tmpfs: Object.fromEntries(mounts) })(options, hostConfig);
  };
}

interface Protection {
  readonly attempt: string;
  /** Changes for both containers, so that only the protection differs. */
  readonly given?: Weakening;
  readonly without: Weakening;
  readonly limits?: typeof LIMITS;
}

const roomy = { ...LIMITS, memoryBytes: 256 * MEBIBYTE, cpus: 1 };

const PROTECTIONS: Record<string, Protection> = {
  ReadonlyRootfs: { attempt: 'write_image', without: host({ ReadonlyRootfs: false }) },
  'the unprivileged user': { attempt: 'read_shadow', without: asRoot },
  'CapDrop, behind the user': { attempt: 'raw_socket', given: asRoot, without: host({ CapDrop: [] }) },
  'CapDrop, what a privileged program could gain': { attempt: 'bounding_set', without: host({ CapDrop: [] }) },
  'no-new-privileges': {
    attempt: 'gain_group',
    given: both(inGroup2000, tmpfs('nosuid', 'suid')),
    without: host({ SecurityOpt: [] }),
    limits: { ...roomy, diskBytes: 64 * MEBIBYTE },
  },
  'nosuid on the writable file systems': {
    attempt: 'gain_group',
    given: both(inGroup2000, host({ SecurityOpt: [] })),
    without: tmpfs('nosuid', 'suid'),
    limits: { ...roomy, diskBytes: 64 * MEBIBYTE },
  },
  'no pseudo-terminals, which the kernel counts for the machine': {
    attempt: 'terminal',
    without: (options, hostConfig) => {
      const { '/dev/pts': _, ...others } = hostConfig.Tmpfs ?? {};
      return host({ Tmpfs: others })(options, hostConfig);
    },
  },
  PidsLimit: { attempt: 'processes', without: host({ PidsLimit: 1000 }), limits: roomy },
  Memory: { attempt: 'memory', without: host({ Memory: 256 * MEBIBYTE, MemorySwap: 256 * MEBIBYTE }) },
  'the size of a tmpfs': { attempt: 'disk', without: host({ Tmpfs: roomyDisk }), limits: roomy },
  'the inodes of a tmpfs': {
    attempt: 'inodes',
    without: host({ Tmpfs: { '/tmp': 'rw,size=64m,nr_inodes=100000,mode=777,uid=1000,gid=1000' } }),
    limits: roomy,
  },
  ShmSize: { attempt: 'shared_memory', without: host({ ShmSize: 64 * MEBIBYTE }), limits: roomy },
  'the limit of open files': {
    attempt: 'descriptors',
    without: host({ Ulimits: [{ Name: 'nofile', Soft: 4096, Hard: 4096 }] }),
  },
  'no core files': { attempt: 'core', without: host({ Ulimits: [{ Name: 'core', Soft: 4096, Hard: 4096 }] }) },
  CpuQuota: { attempt: 'processor', without: host({ CpuQuota: -1 }) },
  'the seccomp profile: namespaces': {
    attempt: 'namespace',
    without: host({ SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }),
  },
  'the seccomp profile: keys': {
    attempt: 'key',
    without: host({ SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }),
  },
  'CapDrop, above all CAP_SYS_ADMIN': { attempt: 'mount', given: asRoot, without: host({ CapAdd: ['SYS_ADMIN'] }) },
  'a pid namespace of its own': { attempt: 'host_processes', without: host({ PidMode: 'host' }) },
};

/** Attempts that kill the program before it can report that they failed. */
const MAY_BE_KILLED: ReadonlySet<string> = new Set(['memory']);

describe('removing a protection lets its attack succeed', () => {
  for (const [name, { attempt, given = asIs, without, limits = LIMITS }] of Object.entries(PROTECTIONS)) {
    test(`${name}: ${attempt} is refused with it and succeeds without it`, async () => {
      const refused = await output(probeContainer(attempt, [], given, limits));
      assert.doesNotMatch(refused, /yes/);
      assert.match(refused, MAY_BE_KILLED.has(attempt) ? /^no|^$/ : /^no/);
      assert.equal(await output(probeContainer(attempt, [], both(given, without), limits)), 'yes\n');
    });
  }

  test('NetworkDisabled: a listener on the bridge is unreachable with it and reachable without it', async () => {
    const connected: Weakening = (options) => ({ ...options, NetworkDisabled: false });
    // The bridge is up only while a container is connected to it.
    const holder = await engine.containers.create(probeContainer('make_ipc', [], connected));
    await engine.containers.start(holder);
    const gateway = await eventually(async () => {
      const found = networkInterfaces()['docker0']?.find(({ family }) => family === 'IPv4')?.address;
      assert.ok(found, 'the engine has its default bridge');
      return found;
    }, 5000);
    const received: string[] = [];
    const listener = createServer((socket) => socket.on('data', (data) => received.push(data.toString())));
    await new Promise<void>((resolve) => listener.listen(0, gateway, resolve));
    const args = [gateway, String((listener.address() as AddressInfo).port)];
    try {
      assert.match(await output(probeContainer('network', args, asIs)), /^no ENETUNREACH/);
      assert.deepEqual(received, []);
      assert.equal(await output(probeContainer('network', args, connected)), 'yes\n');
      assert.deepEqual(received, ['reached']);
    } finally {
      listener.close();
      await engine.containers.remove(holder);
    }
  });

  test('IpcMode: System V objects of another container are invisible with it and visible if both share a namespace', async () => {
    for (const [mode, found] of [
      ['private', /^no ENOENT/],
      ['shareable', /^yes/],
    ] as const) {
      const id = await engine.containers.create(probeContainer('make_ipc', [], host({ IpcMode: mode })));
      try {
        await startUntilOutput(id);
        const look = mode === 'shareable' ? host({ IpcMode: `container:${id}` }) : asIs;
        assert.match(await output(probeContainer('ipc', [], look)), found);
      } finally {
        await engine.containers.remove(id);
      }
    }
  });
});
