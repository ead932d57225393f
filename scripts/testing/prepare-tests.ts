import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { ensureBaseImage } from '../ensure-base.ts';
import { aptInstall, ensureEngine } from '../ensure-engine.ts';
import { prepare } from '../prepare.ts';
import { isInstalled, isRoot, outputOf, runShown, UserError } from '../shell.ts';
import { needsOf, type TestFile } from './files.ts';

interface Wanted {
  readonly project: string;
  readonly files: readonly TestFile[];
}

/** Prepares what these test files need, and nothing else. */
export async function prepareTests(config: Config, { project, files }: Wanted): Promise<void> {
  const needs = needsOf(files);
  if (needs === 'nothing') return;
  ensureTools();
  if (!isRoot()) console.log('Not running as root: tests that need root are skipped or fail.');
  if (needs === 'images') await prepare(config);
  else await ensureBaseImage(await ensureEngine(config.dockerSocket));
  if (files.some(({ path }) => path.startsWith('sandbox-init/')))
    runShown(process.execPath, ['--import', 'tsx', join(project, 'sandbox-init/test/build-image.ts')]);
}

/** Installs the tools that tests use: curl for the README's examples, the docker client, and Compose for the service's image. */
function ensureTools(): void {
  const hasCompose = outputOf('docker', ['compose', 'version']) !== undefined || isInstalled('docker-compose');
  const missing = [
    ...(isInstalled('curl') ? [] : ['curl']),
    ...(isInstalled('docker') ? [] : ['docker-cli']),
    ...(hasCompose ? [] : ['docker-compose']),
  ];
  if (missing.length === 0) return;
  if (!isRoot() || !isInstalled('apt-get')) throw new UserError(`The tests need ${missing.join(', ')}. Install them.`);
  aptInstall(missing);
}
