/** The image of the tests of the fork server, and what a container needs for one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cellSeccompProfile } from '../../src/engines/docker/cell-profile.ts';
import { CELLS } from './cells-build.ts';
import { PATH_ENV, type SandboxOptions } from './harness.ts';
import { buildImageIfChanged, IMAGE } from './image.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const FORK_IMAGE = IMAGE.replace(/(:|$)/, '-fork$1');

export const PYTHON = ['/usr/bin/python3', 'main.py'];
/** What the fork server and the programs that are forked from it have. */
export const ENVIRONMENT = ['HOME=/tmp', PATH_ENV, 'LANG=C.UTF-8', 'PYTHONDONTWRITEBYTECODE=1'];

/** Builds the image, and the one that it is based on, if anything has changed. */
function buildForkImage(): void {
  buildImageIfChanged();
  const options = ['--build-arg', `IMAGE=${IMAGE}`, '-t', FORK_IMAGE, '-f', path('fork.Dockerfile')];
  execFileSync('docker', ['build', ...options, path('../../runtimes/python')], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** The profile that the service gives such a container. */
function writeProfile(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sbinit-')), 'seccomp.json');
  writeFileSync(file, cellSeccompProfile('setns'));
  return file;
}

buildForkImage();
const cellsProfile = writeProfile();

/** A container of cells with a fork server that is `argv`. */
export function forking(
  argv: readonly string[] = PYTHON,
  environment: readonly string[] = ENVIRONMENT,
): SandboxOptions {
  const cells = [...argv.map((argument) => `fork_arg=${argument}`), ...environment.map((entry) => `fork_env=${entry}`)];
  return { build: CELLS, image: FORK_IMAGE, cellsProfile, cells };
}

/** The environment that makes a fork server use the library without one of its protections. */
export const environmentWithout = (part: string): string[] => [...ENVIRONMENT, `PYTHONPATH=/fork/without-${part}`];
