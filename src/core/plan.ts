import type { ArtefactPlace, CollectRequest, Command, CompileCommand, SandboxSpec } from './command.ts';
import type { ErrorFormats } from './program-error.ts';
import type { SourceFile } from './request.ts';

/** Everything that is needed to run a program in a sandbox. */
export interface ProgramPlan {
  readonly sandbox: SandboxSpec;
  readonly files: readonly SourceFile[];
  readonly compile: CompileCommand | undefined;
  /** The file that the compile phase produces; `undefined` if it is not a single file. */
  readonly artefact: ArtefactPlace | undefined;
  readonly run: Command;
  /** How the program and its compiler report errors. */
  readonly errors: ErrorFormats;
  /** Paths that hold the program once it is ready to run. A snapshot of them restores the program in a wiped sandbox. */
  readonly keep: readonly string[];
}

/** What a run does in its sandbox. */
export interface RunPlan extends ProgramPlan {
  readonly metadata: CollectRequest;
  readonly outputFiles: CollectRequest | undefined;
}
