import type { CollectRequest, Command, CompileCommand } from '../core/command.ts';
import { FILENAME_FORM } from '../core/draft/program.ts';
import { invalidField } from '../core/errors.ts';
import { conflictingPath, type SafePath } from '../core/path.ts';
import type { ProgramPlan, RunPlan } from '../core/plan.ts';
import type { ProgramRequest, RunRequest, SourceFile } from '../core/request.ts';
import type { Runtime } from '../runtimes/registry.ts';

/** Names the file for a program's metadata, in the program's environment. */
const METADATA_VARIABLE = 'CODE_RUNNER_METADATA';
const METADATA_FILE = 'code-runner-metadata.json';
const MAX_METADATA_BYTES = 64 * 1024;
const NO_STDIN = new Uint8Array();

/** Turns a request into a plan. Throws `invalid_request` where the request lacks a program for this runtime. */
export function planRun(request: RunRequest, runtime: Runtime): RunPlan {
  return {
    ...planProgram(request, runtime),
    metadata: { root: '/tmp', paths: [METADATA_FILE], maxBytes: MAX_METADATA_BYTES },
    outputFiles: outputFiles(request),
  };
}

/** Turns a program into a plan. Throws `invalid_request` where there is none for this runtime. */
export function planProgram(request: ProgramRequest, runtime: Runtime): ProgramPlan {
  const compile = compileCommand(request, runtime);
  const { artefact } = runtime.manifest;
  return {
    sandbox: { image: runtime.image, limits: request.limits },
    files: stagedFiles(request, runtime),
    compile,
    artefact,
    run: runCommand(request, runtime),
    keep: compile && artefact ? ['/workspace', `${artefact.root}/${artefact.path}`] : ['/workspace'],
  };
}

function stagedFiles(request: ProgramRequest, runtime: Runtime): SourceFile[] {
  const mainFile = runtime.manifest.main_file as SafePath;
  const sent = new Set(request.files.map((file) => file.path));
  requireProgram(request, sent.has(mainFile), mainFile);
  const code = request.code === undefined ? [] : [{ path: mainFile, content: Buffer.from(request.code) }];
  const own = [...code, ...request.files];
  const paths = own.map((file) => file.path);
  const conflict = conflictingPath(paths);
  if (conflict !== undefined) {
    throw invalidField(['files', { key: conflict }], FILENAME_FORM, 'bad_filename');
  }
  const extras = runtime.workspaceFiles.filter((file) => conflictingPath([...paths, file.path]) === undefined);
  return [...own, ...extras];
}

function requireProgram(request: ProgramRequest, filesHoldMain: boolean, mainFile: string): void {
  if (request.code !== undefined && filesHoldMain) {
    throw invalidField(['files'], `must not hold ${mainFile} when {code} is given: {code} becomes that file`);
  }
  if (request.code === undefined && !filesHoldMain && request.entrypoint === undefined) {
    throw invalidField(['code'], `{files} must hold ${mainFile}.`, 'no_program');
  }
}

/** An entrypoint takes the place of both phases. */
function compileCommand(request: ProgramRequest, runtime: Runtime): CompileCommand | undefined {
  const { compile, environment } = runtime.manifest;
  if (compile === null || request.entrypoint !== undefined) return undefined;
  return {
    argv: compile,
    environment: { ...environment, ...request.environment },
    stdin: NO_STDIN,
    wallMs: request.limits.compileTimeoutMs,
    cpuMs: undefined,
    outputBytes: request.limits.outputBytes,
  };
}

/** The command of the run phase. */
export function runCommand(request: ProgramRequest, runtime: Runtime): Command {
  const { run, environment } = runtime.manifest;
  return {
    argv: request.entrypoint === undefined ? [...run, ...request.args] : shellArgv(request.entrypoint, request.args),
    environment: { ...environment, ...request.environment, [METADATA_VARIABLE]: `/tmp/${METADATA_FILE}` },
    stdin: request.stdin,
    wallMs: request.limits.timeoutMs,
    cpuMs: request.limits.cpuTimeoutMs,
    outputBytes: request.limits.outputBytes,
  };
}

/** `args` reach the entrypoint as `$1`, `$2`, … and are never read as shell text. */
function shellArgv(entrypoint: string, args: readonly string[]): string[] {
  return ['/bin/sh', '-c', entrypoint, 'sh', ...args];
}

function outputFiles(request: RunRequest): CollectRequest | undefined {
  if (request.outputFiles.length === 0) return undefined;
  return { root: '/workspace', paths: request.outputFiles, maxBytes: request.maxOutputFilesBytes };
}
