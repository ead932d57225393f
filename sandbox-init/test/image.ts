import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONTEXT = fileURLToPath(new URL('..', import.meta.url));
/** `SBINIT_TEST_IMAGE` keeps the images of two working copies apart. */
export const IMAGE = process.env.SBINIT_TEST_IMAGE ?? 'sbinit-test:latest';
const HASH_LABEL = 'sbinit.content';

/** Builds the test image if any of its inputs has changed. */
export function buildImageIfChanged(): void {
  const hash = createHash('sha256');
  const inputs = [
    join(CONTEXT, 'Makefile'),
    join(CONTEXT, 'test/Dockerfile'),
    ...sourcesOf(join(CONTEXT, 'src')),
    ...sourcesOf(join(CONTEXT, 'test/programs')),
  ];
  for (const path of inputs) hash.update(relative(CONTEXT, path)).update(readFileSync(path));
  const wanted = hash.digest('hex');
  if (imageLabel() === wanted) return;
  execFileSync(
    'docker',
    ['build', '--label', `${HASH_LABEL}=${wanted}`, '-t', IMAGE, '-f', join(CONTEXT, 'test/Dockerfile'), CONTEXT],
    {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

function imageLabel(): string {
  try {
    const format = `{{index .Config.Labels "${HASH_LABEL}"}}`;
    return execFileSync('docker', ['image', 'inspect', '-f', format, IMAGE], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return '';
  }
}
