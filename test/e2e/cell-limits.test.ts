// @shared-engine
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { LABELS } from '../../src/engines/docker/labels.ts';
import { eventually } from '../eventually.ts';
import { MEBIBYTE, seededRandom } from '../fixtures.ts';
import { EngineProxy } from './engine-proxy.ts';
import { DOCKER_SOCKET, type RunAnswer, type RunBody, Service } from './service.ts';

const CELLS = { ISOLATION: 'cells', RUNTIMES: 'python', PREBUILDS: 'off' };
const UPDATE = /^POST \/containers\/[^/]+\/update/;
const DEFAULT_MEMORY = 256 * MEBIBYTE;

/** Says what limits are in force: those of the kernel's that it can read, and how far it gets. */
const LOOK = `
import json, os, resource, signal, sys, time
def read(*paths):
    return next((open(path).read().split() for path in paths if os.path.exists(path)), None)
def cpu_of(wall):
    begin, used = time.monotonic(), time.process_time()
    while time.monotonic() - begin < wall: pass
    return time.process_time() - used
def fork_all():
    children = []
    try:
        while len(children) < 500:
            pid = os.fork()
            if pid == 0: signal.pause()
            children.append(pid)
    except BlockingIOError: pass
    for pid in children: os.kill(pid, signal.SIGKILL)
    for pid in children: os.waitpid(pid, 0)
    return len(children) + 1
disk = os.statvfs("/tmp")
spin = float(sys.stdin.read() or 0)
print(json.dumps({
    "memory": int(read("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")[0]),
    "quota": int(read("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us")[0]),
    "pids": fork_all(),
    "disk": disk.f_blocks * disk.f_frsize,
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    "cpu": cpu_of(spin),
}))
`;

interface Seen {
  readonly memory: number;
  readonly quota: number;
  readonly pids: number;
  readonly disk: number;
  readonly files: number;
  readonly cpu: number;
}

async function look(service: Service, limits: RunBody, spin = ''): Promise<RunAnswer & { readonly seen: Seen }> {
  const answer = await service.run({ code: LOOK, stdin: spin, ...limits });
  assert.deepEqual([answer.status, answer.stderr, answer.isolation], ['completed', '', 'cell']);
  return { ...answer, seen: JSON.parse(answer.stdout) as Seen };
}

async function containersOf(service: Service): Promise<string[]> {
  const containers = await new Engine(DOCKER_SOCKET).containers.list(`${LABELS.instance}=${service.instanceId}`);
  return containers.map(({ id }) => id);
}

/** The memory limits of the service's containers, as the engine has them, without repetitions. */
async function memoryLimitsOf(service: Service): Promise<number[]> {
  const command = ['--host', `unix://${DOCKER_SOCKET}`, 'inspect', '--format', '{{.HostConfig.Memory}}'];
  const { stdout } = await promisify(execFile)('docker', [...command, ...(await containersOf(service))]);
  return [...new Set(stdout.trim().split('\n').map(Number))];
}

/** Waits until a sandbox waits for a run. Returns the containers that there are. */
function untilOneWaits(service: Service): Promise<readonly string[]> {
  return eventually(async () => {
    assert.ok((await service.metric('code_runner_pool_memory_bytes')) > 0);
    return containersOf(service);
  });
}

/** Allocates so many bytes. */
function taking(bytes: number): string {
  return `print(len(b"x" * ${bytes}))`;
}

describe('runs with limits of their own', () => {
  let service: Service;
  let containers: readonly string[];
  before(async () => {
    service = await Service.start({ ...CELLS, WARM_POOL: 'python=1' });
    containers = await untilOneWaits(service);
  });
  after(() => service.stop());

  async function assertNoneWasAdded(): Promise<void> {
    const added = (await containersOf(service)).filter((id) => !containers.includes(id));
    assert.deepEqual(added, []);
  }

  test('are warm, in one container, and have exactly these limits, raised and lowered in turns', async () => {
    const usual = { memory: DEFAULT_MEMORY, quota: 100_000, pids: 128, disk: 512 * MEBIBYTE, files: 1024 };
    const runs: [limits: RunBody, seen: Partial<Seen>][] = [
      [{}, {}],
      [
        { mem_limit: '512m', pids_limit: 300 },
        { memory: 512 * MEBIBYTE, pids: 300, files: 436 },
      ],
      [
        { mem_limit: '32m', cpus: 0.5, pids_limit: 9 },
        { memory: 32 * MEBIBYTE, quota: 50_000, pids: 9 },
      ],
      [{ disk_limit: '8m' }, { disk: 8 * MEBIBYTE }],
      [
        { mem_limit: '1g', pids_limit: 5, disk_limit: '1g' },
        { memory: 1024 * MEBIBYTE, pids: 5, disk: 1024 * MEBIBYTE },
      ],
      [
        { mem_limit: '16m', pids_limit: 1 },
        { memory: 16 * MEBIBYTE, pids: 1 },
      ],
      [{ cpu_shares: 2, cpus: 2 }, { quota: 200_000 }],
      [{}, {}],
    ];
    for (const [limits, expected] of runs) {
      const { seen, sandbox } = await look(service, limits);
      assert.deepEqual({ ...seen, cpu: 0 }, { ...usual, ...expected, cpu: 0 }, JSON.stringify(limits));
      assert.equal(sandbox, 'warm');
    }
    await assertNoneWasAdded();
  });

  test('are held to their share of the processor', async () => {
    const spinFor = '0.5';
    const slow = await look(service, { cpus: 0.1, pids_limit: 3 }, spinFor);
    const fast = await look(service, { cpus: 1, pids_limit: 3 }, spinFor);
    assert.ok(slow.seen.cpu < 0.12, `${slow.seen.cpu} s of CPU time with a tenth of a core`);
    assert.ok(
      fast.seen.cpu > 2 * slow.seen.cpu,
      `${fast.seen.cpu} s of CPU time with a core, ${slow.seen.cpu} s before`,
    );
    await assertNoneWasAdded();
  });

  test('leave the container as it was after a while', async () => {
    await look(service, { mem_limit: '64m' });
    assert.ok((await memoryLimitsOf(service)).includes(64 * MEBIBYTE));
    await eventually(async () => assert.deepEqual(await memoryLimitsOf(service), [DEFAULT_MEMORY]));
    await assertNoneWasAdded();
    assert.equal((await look(service, {})).sandbox, 'warm');
  });

  test('run out of memory at their own limit, and not before', async () => {
    const answers: string[] = [];
    for (const mem_limit of ['64m', '400m', '64m']) {
      const { status, sandbox } = await service.run({ code: taking(200 * MEBIBYTE), mem_limit });
      answers.push(`${mem_limit}: ${status}, ${sandbox}`);
      await untilOneWaits(service);
    }
    assert.deepEqual(answers, ['64m: out_of_memory, warm', '400m: completed, warm', '64m: out_of_memory, warm']);
  });

  test('never have those of others, whoever comes when', async () => {
    const random = seededRandom(1);
    const client = async () => {
      for (let run = 0; run < 8; run += 1) {
        const [megabytes, pids] = [32 + 32 * Math.floor(random() * 5), 2 + Math.floor(random() * 5)];
        const { seen } = await look(service, { mem_limit: `${megabytes}m`, pids_limit: pids });
        assert.deepEqual([seen.memory, seen.pids], [megabytes * MEBIBYTE, pids]);
      }
    };
    await Promise.all([client(), client(), client(), client()]);
  });
});

describe('an engine that does not change limits', () => {
  const START_TIMEOUT_MS = 2000;
  let proxy: EngineProxy;
  let service: Service;
  let megabytes = 64;
  before(async () => {
    proxy = await EngineProxy.open();
    const start = { DOCKER_SOCKET: proxy.path, SANDBOX_START_TIMEOUT: String(START_TIMEOUT_MS / 1000) };
    service = await Service.start({ ...CELLS, ...start, WARM_POOL: 'python=1' });
  });
  after(async () => {
    proxy.restore();
    await service.stop();
    await proxy[Symbol.asyncDispose]();
  });

  /** Other limits each time, so that those of the sandbox that waits have to be changed. */
  function otherLimits(): { memory: number; limits: RunBody } {
    megabytes += 1;
    return { memory: megabytes * MEBIBYTE, limits: { mem_limit: `${megabytes}m`, pids_limit: 3 } };
  }

  for (const what of ['calls', 'answers'] as const) {
    test(`because it hangs (${what}): the run gets another container in time, with its limits`, async () => {
      const { limits, memory } = otherLimits();
      await untilOneWaits(service);
      proxy.swallow(UPDATE, what);
      const begin = performance.now();
      const { seen, sandbox } = await look(service, limits);
      const tookMs = performance.now() - begin;
      assert.deepEqual([seen.memory, sandbox], [memory, 'cold']);
      assert.ok(proxy.swallowed > 0);
      assert.ok(tookMs < START_TIMEOUT_MS + 1000, `answered after ${tookMs} ms`);
      proxy.restore();
    });
  }

  test('because it refuses to: the run gets another container with its limits', async () => {
    const { limits, memory } = otherLimits();
    await untilOneWaits(service);
    proxy.rewrite(UPDATE, () => JSON.stringify({ Memory: 1 }));
    const { seen, sandbox } = await look(service, limits);
    assert.deepEqual([seen.memory, sandbox], [memory, 'cold']);
    proxy.restore();
    assert.ok(service.log.some((line) => line.includes('update container')));
  });

  test('and says that it has: without the update, a run has the limits of the container', async () => {
    const { limits, memory } = otherLimits();
    await untilOneWaits(service);
    proxy.rewrite(UPDATE, () => '{}');
    assert.notEqual((await look(service, limits)).seen.memory, memory);
    proxy.restore();
  });

  test('and creates no containers: the run is refused in time, and all is well afterwards', async () => {
    await untilOneWaits(service);
    proxy.swallow(/^POST \/containers\/([^/]+\/update|create)/);
    const begin = performance.now();
    const { status, code } = await service.refusal({ code: LOOK, ...otherLimits().limits });
    const tookMs = performance.now() - begin;
    assert.deepEqual([status, code], [503, 'engine_unavailable']);
    assert.ok(tookMs < START_TIMEOUT_MS + 1000, `refused after ${tookMs} ms`);
    proxy.restore();
    await service.whenReady();
    const { limits, memory } = otherLimits();
    await eventually(async () => assert.equal((await look(service, limits)).seen.memory, memory), 15_000);
  });
});
