import { type SafePath, safePath } from '../core/path.ts';
import type { SourceFile } from '../core/request.ts';
import type { Manifest } from '../runtimes/manifest.ts';
import type { PrebuildSpec } from './spec.ts';

/** Where the setup finds its script; the working directory is empty in the image. */
const FOLDER = '.code-runner';
const SCRIPT = `${FOLDER}/setup`;
const CERTIFICATES = `${FOLDER}/ca-certificates.crt`;
const WORKSPACE = '/workspace';

/** What only the operator's network needs: it is there while something is set up, and never in an image. */
export interface SetupNetwork {
  readonly proxies: Readonly<Record<string, string>>;
  /** Certificates in PEM form; empty: those of the image. */
  readonly certificates: Buffer;
}

/** What is to be done in a build container: files there, and commands one after the other. */
export interface Setup {
  readonly files: readonly SourceFile[];
  readonly commands: readonly (readonly string[])[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Variables by which programs find certificates; Node adds them to its own, the others use them instead. */
const CERTIFICATE_VARIABLES = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
  'DENO_CERT',
];

/** Turns a spec into what is to be done on top of its runtime. */
export function planSetup(spec: PrebuildSpec, { environment, prebuild }: Manifest, network: SetupNetwork): Setup {
  const { PATH = '', LANG = 'C.UTF-8' } = environment;
  const certificates = network.certificates.length > 0 ? CERTIFICATE_VARIABLES : [];
  return {
    files: [
      ...(spec.setupScript === '' ? [] : [file(SCRIPT, Buffer.from(spec.setupScript))]),
      ...(certificates.length === 0 ? [] : [file(CERTIFICATES, network.certificates)]),
    ],
    commands: [
      ...present(prebuild?.prepare),
      ...(spec.setupScript === '' ? [] : [scriptCommand(spec.setupScript)]),
      ...packageCommands(spec.packages, prebuild),
    ],
    environment: {
      PATH,
      LANG,
      HOME: '/tmp',
      DEBIAN_FRONTEND: 'noninteractive',
      ...prebuild?.environment,
      ...network.proxies,
      ...Object.fromEntries(certificates.map((name) => [name, `${WORKSPACE}/${CERTIFICATES}`])),
    },
  };
}

/** As a shell script that ends at the first command that fails, unless it names its own interpreter. */
function scriptCommand(script: string): readonly string[] {
  const path = `${WORKSPACE}/${SCRIPT}`;
  return script.startsWith('#!') ? [path] : ['/bin/sh', '-e', path];
}

function packageCommands(packages: readonly string[], prebuild: Manifest['prebuild']): (readonly string[])[] {
  if (packages.length === 0 || !prebuild?.packages) return [];
  return [[...prebuild.packages.install, ...packages], ...present(prebuild.packages.finish)];
}

function present(argv: readonly string[] | null | undefined): (readonly string[])[] {
  return argv ? [argv] : [];
}

function file(path: string, content: Buffer): SourceFile {
  return { path: safePath(path) as SafePath, content };
}
