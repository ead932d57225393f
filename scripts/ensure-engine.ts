import { existsSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../src/engines/docker/api/engine.ts';
import { isInstalled, isRoot, runShown, startDetached, UserError } from './shell.ts';

const PACKAGES = ['docker.io', 'iptables', 'ca-certificates'];
const START_TIMEOUT_MS = 60_000;
const LOG_FILE = '/var/log/code-runner-dockerd.log';

/** Returns an engine that answers on this socket. Installs and starts Debian's engine if possible. */
export async function ensureEngine(socketPath: string): Promise<Engine> {
  const engine = new Engine(socketPath);
  if (await answers(engine)) return engine;
  requirePermission(socketPath);
  if (!isInstalled('dockerd')) installEngine();
  console.log('Starting the Docker engine …');
  startEngine();
  await waitFor(engine);
  return engine;
}

function answers(engine: Engine): Promise<boolean> {
  return engine.ping().then(
    () => true,
    () => false,
  );
}

function requirePermission(socketPath: string): void {
  if (socketPath !== '/var/run/docker.sock')
    throw new UserError(`No Docker engine answers on ${socketPath} (DOCKER_SOCKET).`);
  if (isRoot()) return;
  throw new UserError(
    existsSync(socketPath)
      ? `No Docker engine answers on ${socketPath}. Is it running (\`sudo systemctl start docker\`), and are you in its group (\`sudo usermod -aG docker $USER\`, then log in again)?`
      : 'A Docker engine is needed. Install and start one (on Debian: `sudo apt-get install docker.io`), or run this command as root on Debian to have it installed.',
  );
}

function installEngine(): void {
  requireDebian('A Docker engine is needed. Install one (https://docs.docker.com/engine/install/) and start it.');
  console.log(`Installing ${PACKAGES.join(', ')} …`);
  aptInstall(PACKAGES);
}

/** Throws `instead` as an error message if packages cannot be installed here. */
export function requireDebian(instead: string): void {
  if (!isRoot() || !isInstalled('apt-get')) throw new UserError(instead);
}

export function aptInstall(packages: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  runShown('apt-get', ['-qq', 'update'], env);
  runShown('apt-get', ['-qq', '-y', 'install', '--no-install-recommends', ...packages], env);
}

function startEngine(): void {
  if (existsSync('/run/systemd/system')) runShown('systemctl', ['start', 'docker']);
  else startDetached('dockerd', [], openSync(LOG_FILE, 'a'));
}

async function waitFor(engine: Engine): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(engine))) {
    if (Date.now() > deadline) throw new UserError(`The Docker engine did not start. See ${LOG_FILE}.`);
    await sleep(200);
  }
}
