import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../src/config/config.ts';
import type { Engine } from '../src/engines/docker/api/engine.ts';
import { ensureImages } from './build-images.ts';
import { ensureEngine } from './ensure-engine.ts';

/** Prepares the machine: engine, base image, runtime images. Fast if they exist already. */
export async function prepare(config: Config): Promise<Engine> {
  const engine = await ensureEngine(config.dockerSocket);
  await ensureImages(engine, { project: projectFolder(), runtimes: config.runtimeDir, only: config.runtimes });
  return engine;
}

/** The folder of package.json. Works from the sources and from the compiled files. */
export function projectFolder(): string {
  const folder = dirname(dirname(fileURLToPath(import.meta.url)));
  return folder.endsWith('/dist') ? dirname(folder) : folder;
}
