import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Engine } from '../../src/engines/docker/api/engine.ts';
import { eventually } from '../eventually.ts';
import { Service } from './service.ts';

const DISK_MIB = 700;
const isPossible = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'command -v dockerd']).status === 0;

/** A second engine with its own small disk, which can be filled without harm. */
class SmallEngine {
  readonly folder = mkdtempSync(join(tmpdir(), 'small-engine-'));
  readonly disk = join(this.folder, 'disk');
  readonly socketPath = join(this.folder, 'docker.sock');
  #daemon: ChildProcess | undefined;

  async start(): Promise<void> {
    mkdirSync(this.disk);
    run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'small-engine', this.disk]);
    const folders = [
      '--data-root',
      this.disk,
      '--exec-root',
      join(this.folder, 'exec'),
      '--pidfile',
      join(this.folder, 'pid'),
    ];
    const network = ['--bridge', 'none', '--iptables=false', '--ip6tables=false'];
    const options = ['--host', `unix://${this.socketPath}`, ...folders, ...network];
    // In its own network namespace, because an engine without a bridge removes the bridge of the first engine.
    this.#daemon = spawn('unshare', ['--net', 'dockerd', ...options], { stdio: 'ignore' });
    await eventually(() => new Engine(this.socketPath).ping(), 30_000);
  }

  /** Copies an image from the main engine. */
  load(image: string): void {
    const copied = spawnSync('sh', ['-c', `docker save ${image} | docker --host unix://${this.socketPath} load`]);
    assert.equal(copied.status, 0, String(copied.stderr));
  }

  get #filler(): string {
    return join(this.disk, 'filler');
  }

  fill(): void {
    const { bavail, bsize } = statfsSync(this.disk);
    writeFileSync(this.#filler, Buffer.alloc(bavail * bsize));
  }

  makeRoom(): void {
    rmSync(this.#filler);
  }

  async stop(): Promise<void> {
    if (this.#daemon && this.#daemon.exitCode === null) {
      const exited = once(this.#daemon, 'exit');
      this.#daemon.kill('SIGTERM');
      await exited;
    }
    spawnSync('umount', ['--lazy', this.disk]);
    // The disk stays in use until the daemon's last process has exited.
    await eventually(() => rmSync(this.folder, { recursive: true, force: true }));
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args);
  assert.equal(status, 0, `${command}: ${stderr}`);
}

describe('an engine whose disk fills', { skip: !isPossible && 'needs root and dockerd' }, () => {
  const engine = new SmallEngine();
  let service: Service;
  before(async () => {
    await engine.start();
    engine.load('code-runner-python');
    service = await Service.start({ RUNTIMES: 'python', DOCKER_SOCKET: engine.socketPath });
  });
  after(async () => {
    await service?.stop('SIGKILL');
    await engine.stop();
  });

  test('/readyz reports it within five seconds, runs are refused with a clear message, and both recover by themselves', async () => {
    assert.equal((await service.run({ code: 'print(1)' })).stdout, '1\n');
    engine.fill();
    await eventually(async () => {
      const { status, body } = await service.get('/readyz');
      assert.equal(status, 503);
      assert.match(JSON.stringify(body), /no sandbox can be created/);
    }, 5000);
    assert.equal((await service.refusal({ code: 'print(1)' })).code, 'engine_unavailable');
    assert.equal((await service.get('/livez')).status, 200);
    engine.makeRoom();
    await eventually(async () => assert.equal((await service.get('/readyz')).status, 200), 5000);
    assert.equal((await service.run({ code: 'print(2)' })).stdout, '2\n');
  });
});
