import type { AheadCommand, CollectRequest, Command, CompileCommand } from '../core/command.ts';
import { FILENAME_FORM } from '../core/draft/program.ts';
import { cutEcho } from '../core/echo.ts';
import { invalidField } from '../core/errors.ts';
import type { Isolation } from '../core/isolation.ts';
import { conflictingPath, type SafePath } from '../core/path.ts';
import type { ProgramPlan, RunPlan } from '../core/plan.ts';
import type { ProgramRequest, RunRequest, SourceFile } from '../core/request.ts';
import { type Commands, describeMainFiles, findMainFile, mainFile } from '../runtimes/main-file.ts';
import type { Manifest } from '../runtimes/manifest.ts';
import type { Runtime } from '../runtimes/registry.ts';
import { needsOwnStart } from '../runtimes/start-ahead.ts';

/** The environment variable with the path of the program's metadata file. */
const METADATA_VARIABLE = 'CODE_RUNNER_METADATA';
const METADATA_FILE = 'code-runner-metadata.json';
const MAX_METADATA_BYTES = 64 * 1024;
const NO_STDIN = new Uint8Array();

/** Turns a request into a plan. Throws `InvalidRequest` if it has no program for this runtime. */
export function planRun(request: RunRequest, runtime: Runtime): RunPlan {
  return {
    ...planProgram(request, runtime),
    metadata: { root: '/tmp', paths: [METADATA_FILE], maxBytes: MAX_METADATA_BYTES },
    outputFiles: outputFiles(request),
  };
}

/** Turns a program into a plan. Throws `InvalidRequest` if there is none for this runtime. */
export function planProgram(request: ProgramRequest, runtime: Runtime): ProgramPlan {
  const compile = compileCommand(request, runtime);
  const files = stagedFiles(request, runtime);
  const { artefact, errors } = runtime.manifest;
  return {
    sandbox: { image: runtime.image, limits: request.limits, isolation: isolationOf(request) },
    files,
    compile,
    artefact,
    run: { ...runCommand(request, runtime), ...startOf(files, runtime) },
    errors,
    keep: compile && artefact ? ['/workspace', `${artefact.root}/${artefact.path}`] : ['/workspace'],
  };
}

/** The network belongs to the container, and cells share it. */
function isolationOf({ limits, isolation }: ProgramRequest): Isolation {
  return limits.network ? 'container' : isolation;
}

function stagedFiles(request: ProgramRequest, runtime: Runtime): SourceFile[] {
  const mainFile = runtime.manifest.main_file as SafePath;
  if (request.code !== undefined && request.files.some((file) => file.path === mainFile)) {
    throw invalidField(['files'], `must not contain ${mainFile} if {code} is given, because {code} becomes that file`);
  }
  const code = request.code === undefined ? [] : [{ path: mainFile, content: Buffer.from(request.code) }];
  const own = [...code, ...request.files];
  const paths = own.map((file) => file.path);
  const conflict = conflictingPath(paths);
  if (conflict !== undefined) throw invalidField(['files', { key: conflict }], FILENAME_FORM, 'bad_filename');
  const extras = runtime.workspaceFiles.filter((file) => conflictingPath([...paths, file.path]) === undefined);
  return [...own, ...extras];
}

/** The commands that compile and run the program. An entrypoint replaces both. */
function commandsOf(request: ProgramRequest, { manifest }: Runtime): Commands {
  const { entrypoint, code, files } = request;
  if (entrypoint !== undefined) return { compile: null, run: shellArgv(entrypoint) };
  if (code !== undefined) return mainFile(manifest.main_file as SafePath, manifest);
  return findMainFile(files, manifest) ?? refuseWithoutProgram(files, manifest);
}

function refuseWithoutProgram(files: readonly SourceFile[], manifest: Manifest): never {
  const sent = cutEcho(files.map(({ path }) => path).join(', '));
  const found = files.length === 0 ? 'there are no files' : `found only ${sent}`;
  throw invalidField(['code'], `Looked in {files} for ${describeMainFiles(manifest)}; ${found}.`, 'no_program');
}

function compileCommand(request: ProgramRequest, runtime: Runtime): CompileCommand | undefined {
  const { compile } = commandsOf(request, runtime);
  if (compile === null) return undefined;
  return {
    argv: compile,
    environment: { ...runtime.manifest.environment, ...request.environment },
    stdin: NO_STDIN,
    wallMs: request.limits.compileTimeoutMs,
    cpuMs: undefined,
    outputBytes: request.limits.outputBytes,
  };
}

/** What can be started before a program of this runtime is there; `undefined`: nothing. Most programs run as this command. */
export function aheadCommand({ manifest }: Runtime): AheadCommand | undefined {
  if (!manifest.start_ahead) return undefined;
  const name = manifest.main_file as SafePath;
  return {
    argv: mainFile(name, manifest).run,
    environment: environmentOf({}, manifest),
    hasInput: false,
    mainFile: name,
  };
}

function startOf(files: readonly SourceFile[], { manifest }: Runtime): Pick<Command, 'needsOwnStart'> {
  const rules = manifest.start_ahead;
  return rules && needsOwnStart(files, rules) ? { needsOwnStart: true } : {};
}

/** The command of the run phase. */
export function runCommand(request: ProgramRequest, runtime: Runtime): Command {
  return {
    argv: [...commandsOf(request, runtime).run, ...request.args],
    environment: environmentOf(request.environment, runtime.manifest),
    stdin: request.stdin,
    wallMs: request.limits.timeoutMs,
    cpuMs: request.limits.cpuTimeoutMs,
    outputBytes: request.limits.outputBytes,
  };
}

function environmentOf(own: ProgramRequest['environment'], manifest: Manifest): Command['environment'] {
  return { ...manifest.environment, ...own, [METADATA_VARIABLE]: `/tmp/${METADATA_FILE}` };
}

/** `args` are passed as `$1`, `$2`, … and never parsed by the shell. */
function shellArgv(entrypoint: string): string[] {
  return ['/bin/sh', '-c', entrypoint, 'sh'];
}

function outputFiles(request: RunRequest): CollectRequest | undefined {
  if (request.outputFiles.length === 0) return undefined;
  return { root: '/workspace', paths: request.outputFiles, maxBytes: request.maxOutputFilesBytes };
}
