import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../src/engines/docker/api/engine.ts';
import { LABELS } from '../src/engines/docker/labels.ts';
import { imageName, loadRuntime, runtimeIds } from '../src/runtimes/registry.ts';
import { type BuildContext, buildContext, hashContext, packContext } from './build-context.ts';
import { BASE_IMAGE, ensureBaseImage } from './ensure-base.ts';
import { UserError } from './shell.ts';

const LOG_LINES_ON_FAILURE = 40;
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

export interface ImageFolders {
  /** Folder of the project, with `sandbox-init` and `runtimes/base`. */
  readonly project: string;
  /** Folder of the runtimes to build. */
  readonly runtimes: string;
  readonly only: readonly string[] | undefined;
}

interface Image {
  readonly tag: string;
  readonly context: BuildContext;
  readonly parents: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Builds the base image and the images of all runtimes, if their inputs have changed. */
export async function ensureImages(engine: Engine, folders: ImageFolders): Promise<void> {
  await ensureBaseImage(engine);
  await ensureImage(engine, {
    tag: imageName('base'),
    context: buildContext([
      { directory: join(folders.project, 'runtimes', 'base'), prefix: '.' },
      sandboxInitSources(folders),
    ]),
    parents: [BASE_IMAGE],
    labels: {},
  });
  for (const id of buildOrder(folders)) await ensureRuntimeImage(engine, folders, id);
}

function sandboxInitSources({ project }: ImageFolders) {
  return { directory: join(project, 'sandbox-init'), prefix: 'sandbox-init', except: ['test', 'PROTOCOL.md'] };
}

async function ensureRuntimeImage(engine: Engine, folders: ImageFolders, id: string): Promise<void> {
  const { image, manifest } = loadRuntime(folders.runtimes, id);
  const except = ['runtime.json', ...(manifest.check?.script === undefined ? [] : [manifest.check.script])];
  await ensureImage(engine, {
    tag: image,
    context: buildContext([
      { directory: join(folders.runtimes, id), prefix: '.', except },
      ...(manifest.fork_server ? [sandboxInitSources(folders)] : []),
    ]),
    parents: [imageName('base'), ...manifest.build_after.map(imageName)],
    labels: { [LABELS.runtime]: id },
  });
}

/** The runtimes to build, each after those that it depends on. */
function buildOrder({ runtimes, only }: ImageFolders): string[] {
  const ordered: string[] = [];
  const visit = (id: string) => {
    if (ordered.includes(id)) return;
    for (const earlier of loadRuntime(runtimes, id).manifest.build_after) visit(earlier);
    ordered.push(id);
  };
  for (const id of runtimeIds(runtimes)) if (only === undefined || only.includes(id)) visit(id);
  return ordered;
}

/** Builds an image unless the existing one has the same inputs. */
export async function ensureImage(engine: Engine, image: Image): Promise<void> {
  const parents = await Promise.all(image.parents.map((parent) => identity(engine, parent)));
  const hash = hashContext(image.context, parents);
  const existing = await engine.images.find(image.tag);
  if (existing?.labels[LABELS.inputsHash] === hash) return;
  const startedAt = Date.now();
  const log: string[] = [];
  console.log(`Building ${image.tag} …`);
  try {
    await engine.sources.build(packContext(image.context, { 'ca-certificates.crt': certificates() }), {
      tag: image.tag,
      labels: { ...image.labels, [LABELS.inputsHash]: hash },
      buildArgs: proxySettings(),
      dockerfile: 'Dockerfile',
      onLog: (text) => showProgress(text, log),
    });
  } catch (error) {
    const tail = log.slice(-LOG_LINES_ON_FAILURE).join('');
    throw new UserError(`Building ${image.tag} failed: ${error instanceof Error ? error.message : error}\n${tail}`);
  }
  console.log(`Built ${image.tag} in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/** Identifies the content of an image: the hash of its inputs if it was built here, else its id. */
async function identity(engine: Engine, tag: string): Promise<string> {
  const image = await engine.images.find(tag);
  return image?.labels[LABELS.inputsHash] ?? image?.id ?? 'missing';
}

function showProgress(text: string, log: string[]): void {
  log.push(text);
  if (text.startsWith('Step ')) process.stdout.write(`  ${text.split('\n')[0]}\n`);
}

/**
 * The machine's certificates, for networks with a proxy that re-signs TLS. Dockerfiles use the file only in stages that download. It is
 * not part of any final image, and therefore not part of the hash.
 */
function certificates(): Buffer {
  const file = process.env['NODE_EXTRA_CA_CERTS'] ?? process.env['SSL_CERT_FILE'];
  return file !== undefined && existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}

function proxySettings(): Record<string, string> {
  return Object.fromEntries(
    PROXY_VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
