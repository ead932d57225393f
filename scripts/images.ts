import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../src/config/config.ts';
import { Engine } from '../src/engines/docker/api/engine.ts';
import { ensureImages } from './build-images.ts';
import { projectFolder } from './prepare.ts';
import { UserError } from './shell.ts';

const ENGINE_TIMEOUT_MS = 120_000;

/** `npm run images`: builds the missing images. Waits for the engine if it is still starting. */
try {
  const config = loadConfig();
  const engine = new Engine(config.dockerSocket);
  await waitForEngine(engine);
  await ensureImages(engine, { project: projectFolder(), runtimes: config.runtimeDir, only: config.runtimes });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
}

async function waitForEngine(engine: Engine): Promise<void> {
  const deadline = Date.now() + ENGINE_TIMEOUT_MS;
  while (
    !(await engine.ping().then(
      () => true,
      () => false,
    ))
  ) {
    if (Date.now() > deadline) throw new UserError('The container engine does not answer.');
    await sleep(500);
  }
}
