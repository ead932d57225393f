import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../src/engines/docker/api/engine.ts';
import { aptInstall, requireDebian } from './ensure-engine.ts';
import { isInstalled, outputOf, runShown, UserError } from './shell.ts';

/** The image that all images here are based on. */
export const BASE_IMAGE = 'debian:trixie-slim';
const SUITE = 'trixie';

/** Makes sure that the base image exists. It is pulled if a registry answers, else bootstrapped. */
export async function ensureBaseImage(engine: Engine): Promise<void> {
  if (await engine.images.find(BASE_IMAGE)) return;
  console.log(`Pulling ${BASE_IMAGE} …`);
  try {
    await engine.sources.pull(BASE_IMAGE, () => undefined);
  } catch {
    console.log('No registry answers. Bootstrapping the image from Debian packages (about half a minute) …');
    await bootstrap(engine);
  }
}

async function bootstrap(engine: Engine): Promise<void> {
  if (!isInstalled('debootstrap')) {
    requireDebian(
      `${BASE_IMAGE} can be neither pulled nor bootstrapped here. Load it into the engine, for example with \`docker load\`.`,
    );
    aptInstall(['debootstrap']);
  }
  const root = mkdtempSync(join(tmpdir(), 'code-runner-base-'));
  try {
    runShown('debootstrap', ['--variant=minbase', SUITE, root, ...mirror('Debian')]);
    slim(root);
    const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await engine.sources.import(tar.stdout, BASE_IMAGE);
  } catch (error) {
    throw new UserError(`The base image could not be created: ${error instanceof Error ? error.message : error}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The mirror that this machine uses for a Debian archive. Empty to use the tool's default. */
function mirror(label: 'Debian' | 'Debian-Security'): string[] {
  const sites = outputOf('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages', `Label: ${label}`]);
  const [site] = sites?.split('\n').filter(Boolean) ?? [];
  return site === undefined ? [] : [site];
}

/** Makes the image like the registry's slim image: no documentation, no package cache, and a source for security updates. */
function slim(root: string): void {
  for (const path of [
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
    'usr/share/info',
    'var/cache/apt/archives',
  ]) {
    rmSync(join(root, path), { recursive: true, force: true });
  }
  const [security] = mirror('Debian-Security');
  if (security)
    writeFileSync(join(root, 'etc/apt/sources.list.d/security.list'), `deb ${security} ${SUITE}-security main\n`);
}
