import { type SafePath, safePath } from '../core/path.ts';
import type { SourceFile } from '../core/request.ts';
import type { Manifest } from '../runtimes/manifest.ts';
import type { PrebuildSpec } from './spec.ts';

/** Folder of the setup script, in the working directory. It does not become part of the image. */
const FOLDER = '.code-runner';
const SCRIPT = `${FOLDER}/setup`;
const CERTIFICATES = `${FOLDER}/ca-certificates.crt`;
const WORKSPACE = '/workspace';

/** Network settings of the operator. They are available during a build and never become part of an image. */
export interface SetupNetwork {
  readonly proxies: Readonly<Record<string, string>>;
  /** Certificates in PEM form; empty to use those of the image. */
  readonly certificates: Buffer;
}

/** What to do in a build container: files to stage, and commands to run one after the other. */
export interface Setup {
  readonly files: readonly SourceFile[];
  readonly commands: readonly (readonly string[])[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Variables that tell programs where certificates are. Node adds them to its own; the others use them instead. */
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

/** Turns a spec into the files and commands of its build. */
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

/** Runs the script with `sh -e`, which stops at the first command that fails, unless it names its own interpreter. */
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
