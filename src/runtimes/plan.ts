import type { ArtefactPlace, CollectRequest, Command, SandboxSpec } from '../run/command.ts';
import { RunnerError } from '../run/errors.ts';
import { conflictingPath, type SafePath } from '../run/path.ts';
import type { RunRequest, SourceFile } from '../run/request.ts';
import type { Runtime } from './registry.ts';

/** Names the file for a program's metadata, in the program's environment. */
const METADATA_VARIABLE = 'CODE_RUNNER_METADATA';
const METADATA_FILE = 'code-runner-metadata.json';
const MAX_METADATA_BYTES = 64 * 1024;
const NO_STDIN = new Uint8Array();

/** What a run of a request in a runtime will do in its sandbox. */
export interface RunPlan {
  readonly sandbox: SandboxSpec;
  readonly files: readonly SourceFile[];
  readonly compile: Command | undefined;
  /** What the compile phase makes, where that is one file. */
  readonly artefact: ArtefactPlace | undefined;
  readonly run: Command;
  readonly metadata: CollectRequest;
  readonly outputFiles: CollectRequest | undefined;
}

/** Turns a request into a plan. Throws `invalid_request` where the request lacks a program for this runtime. */
export function planRun(request: RunRequest, runtime: Runtime): RunPlan {
  return {
    sandbox: { image: runtime.image, limits: request.limits },
    files: stagedFiles(request, runtime),
    compile: compileCommand(request, runtime),
    artefact: runtime.manifest.artefact,
    run: runCommand(request, runtime),
    metadata: { root: '/tmp', paths: [METADATA_FILE], maxBytes: MAX_METADATA_BYTES },
    outputFiles: outputFiles(request),
  };
}

function stagedFiles(request: RunRequest, runtime: Runtime): SourceFile[] {
  const mainFile = runtime.manifest.main_file as SafePath;
  const sent = new Set(request.files.map((file) => file.path));
  requireProgram(request, sent.has(mainFile), mainFile);
  const code = request.code === undefined ? [] : [{ path: mainFile, content: Buffer.from(request.code) }];
  const own = [...code, ...request.files];
  const paths = own.map((file) => file.path);
  const conflict = conflictingPath(paths);
  if (conflict !== undefined) {
    throw new RunnerError('invalid_request', `Invalid filename: ${conflict}`, { asBadRequest: true });
  }
  const extras = runtime.workspaceFiles.filter((file) => conflictingPath([...paths, file.path]) === undefined);
  return [...own, ...extras];
}

function requireProgram(request: RunRequest, filesHoldMain: boolean, mainFile: string): void {
  if (request.code !== undefined && filesHoldMain) {
    throw new RunnerError('invalid_request', `Both code and files hold ${mainFile}.`, {
      violations: [{ pointer: '/files', message: `must not hold ${mainFile} when code is given` }],
    });
  }
  if (request.code === undefined && !filesHoldMain && request.entrypoint === undefined) {
    throw new RunnerError('invalid_request', 'Either code or entrypoint must be provided.', { asBadRequest: true });
  }
}

/** An entrypoint takes the place of both phases. */
function compileCommand(request: RunRequest, runtime: Runtime): Command | undefined {
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

function runCommand(request: RunRequest, runtime: Runtime): Command {
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
