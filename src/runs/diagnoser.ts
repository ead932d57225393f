import type { Command } from '../core/command.ts';
import { MISSING_IMPORT, type SourceProblem } from '../core/diagnosis.ts';
import { InvalidRequest, type Violation } from '../core/errors.ts';
import { allErrorsIn } from '../core/find-error.ts';
import type { Isolation } from '../core/isolation.ts';
import { defaultLimits, type LimitPolicy } from '../core/limits.ts';
import type { ProgramError } from '../core/program-error.ts';
import type { RunRequest, SourceFile } from '../core/request.ts';
import type { Execution } from '../core/result.ts';
import { missingImports, sourceFiles } from '../runtimes/local-imports.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';
import type { Admission } from '../sandbox/admission.ts';
import { type Leases, withLeases } from '../sandbox/leases.ts';
import type { Pool } from '../sandbox/pool.ts';
import { planRun } from './plan.ts';

/** A check takes milliseconds. These limits only stop what no check needs. */
const CHECK_MS = 10_000;
const CHECK_OUTPUT_BYTES = 256 * 1024;
const MAX_CHECKED_FILES = 100;

/** Finds the runtime that a prebuild extends, without building anything. */
export interface PrebuildBases {
  baseOf(name: string): Promise<Runtime | undefined>;
}

export interface DiagnoserOptions {
  readonly runtimes: RuntimeRegistry;
  /** Left out if prebuilds are disabled. */
  readonly prebuilds?: PrebuildBases | undefined;
  readonly admission: Pick<Admission, 'admit'>;
  readonly pool: Pick<Pool, 'lease'>;
  readonly limits: LimitPolicy;
  readonly isolation: Isolation;
  /** Throws `runtime_not_ready` for a runtime that is known not to work. */
  readonly requireReady: (runtime: Runtime) => void;
}

/** Called when diagnoses end, for the log and the metrics. */
export interface DiagnosisObserver {
  diagnosed(outcome: DiagnosisOutcome): void;
}

export interface DiagnosisOutcome {
  readonly requestId: string;
  readonly tenant: string;
  /** Id of the runtime; `undefined` if the request was refused before it was known. */
  readonly runtime: string | undefined;
  /** How many problems were found. */
  readonly problems: number;
  readonly error: unknown;
  readonly totalMs: number;
}

export interface DiagnoseCall {
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** What is wrong with a program that has not been run. */
export interface Diagnosis {
  /** Id of the runtime. */
  readonly runtime: string;
  /** What `run` would refuse. */
  readonly violations: readonly Violation[];
  /** What is wrong with the files. */
  readonly problems: readonly SourceProblem[];
}

/** The use case: finds problems of a program without running it. Only the runtime's own check command runs, in a sandbox. */
export class Diagnoser {
  readonly #options: DiagnoserOptions;

  constructor(options: DiagnoserOptions) {
    this.#options = options;
  }

  /** Rejects with `RunnerError`: `unknown_runtime`, or another code if the check could not be made; or with the signal's reason. */
  async diagnose(request: RunRequest, call: DiagnoseCall): Promise<Diagnosis> {
    const runtime = await this.#runtimeOf(request);
    const { files, violations } = programOf(request, runtime);
    const problems = [
      ...missingImports(files, runtime.manifest),
      ...(await this.#syntaxProblems(files, runtime, call)),
    ];
    return { runtime: runtime.id, violations, problems: problems.sort(byPlace) };
  }

  /** A program for a prebuild has the syntax of the runtime that it extends. */
  async #runtimeOf({ runtime: name, extension }: RunRequest): Promise<Runtime> {
    const { runtimes, prebuilds } = this.#options;
    const known = runtimes.find(extension?.base ?? name) ?? (await prebuilds?.baseOf(name));
    if (!known) throw runtimes.unknown(name, 'There is no such runtime, and no such prebuild.');
    return known;
  }

  async #syntaxProblems(files: readonly SourceFile[], runtime: Runtime, call: DiagnoseCall): Promise<SourceProblem[]> {
    const own = files.filter((file) => !runtime.workspaceFiles.includes(file));
    const sources = sourceFiles(own, runtime.manifest);
    const checked = sources.slice(0, MAX_CHECKED_FILES);
    const command = checkCommand(checked, runtime);
    if (!command) return [];
    this.#options.requireReady(runtime);
    const execution = await this.#execute(command, { files, runtime, call });
    return [
      ...problemsIn(execution, runtime),
      ...(sources.length > checked.length
        ? [notChecked(`only the first ${MAX_CHECKED_FILES} files were checked`)]
        : []),
    ];
  }

  #execute(command: Command, { files, runtime, call }: CheckOrder): Promise<Execution> {
    const { admission, pool, limits, isolation } = this.#options;
    const spec = { image: runtime.image, limits: { ...defaultLimits(limits), network: false }, isolation };
    const check = async (leases: Leases) => {
      const { sandbox } = await leases.take(spec);
      sandbox.stage(files);
      if (runtime.checkScript) sandbox.stage([runtime.checkScript], '/tmp');
      return sandbox.execute(command);
    };
    return admission.admit(() => withLeases(pool, call, check), call);
  }
}

interface CheckOrder {
  readonly files: readonly SourceFile[];
  readonly runtime: Runtime;
  readonly call: DiagnoseCall;
}

/** The files that would be staged, and what a run would refuse. */
function programOf(
  request: RunRequest,
  runtime: Runtime,
): Pick<Diagnosis, 'violations'> & { files: readonly SourceFile[] } {
  try {
    return { files: planRun(request, runtime).files, violations: [] };
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    const isStageable = error.violations.every(({ kind }) => kind === 'no_program');
    return { files: isStageable ? request.files : [], violations: error.violations };
  }
}

/** The caller's environment is left out: variables such as `NODE_OPTIONS` could make a check execute the program. */
function checkCommand(sources: readonly SourceFile[], { manifest }: Runtime): Command | undefined {
  if (!manifest.check || sources.length === 0) return undefined;
  return {
    argv: [...manifest.check.command, ...sources.map(({ path }) => `./${path}`)],
    environment: { ...manifest.environment, ...manifest.check.environment },
    stdin: new Uint8Array(),
    wallMs: CHECK_MS,
    cpuMs: CHECK_MS,
    outputBytes: CHECK_OUTPUT_BYTES,
  };
}

function problemsIn({ fate, stdout, stderr }: Execution, { manifest }: Runtime): SourceProblem[] {
  const output = Buffer.concat([stderr.bytes, Buffer.from('\n'), stdout.bytes]);
  const found = allErrorsIn(output, manifest.check?.problems ?? []).map(toSourceProblem);
  if (fate.status === 'completed' && (fate.exitCode === 0 || found.length > 0)) return found;
  return [...found, notChecked(`the syntax check failed: ${fate.status}`)];
}

function toSourceProblem({ type, message, file, line, column }: ProgramError): SourceProblem {
  const severity = type === MISSING_IMPORT.code ? MISSING_IMPORT.severity : 'error';
  return { file, line, column, severity, code: type, message };
}

function notChecked(message: string): SourceProblem {
  return { file: null, line: null, column: null, severity: 'warning', code: 'not_checked', message };
}

function byPlace(one: SourceProblem, other: SourceProblem): number {
  const byFile = (one.file ?? '').localeCompare(other.file ?? '');
  return byFile || (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}
