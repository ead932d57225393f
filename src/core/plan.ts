import type { ArtefactPlace, CollectRequest, Command, CompileCommand, SandboxSpec } from './command.ts';
import type { SourceFile } from './request.ts';

/** What it takes to have a program run in a sandbox. */
export interface ProgramPlan {
  readonly sandbox: SandboxSpec;
  readonly files: readonly SourceFile[];
  readonly compile: CompileCommand | undefined;
  /** What the compile phase makes, where that is one file. */
  readonly artefact: ArtefactPlace | undefined;
  readonly run: Command;
  /** Where its files are when it is ready to run: what makes another sandbox the same. */
  readonly keep: readonly string[];
}

/** What a run of a request in a runtime will do in its sandbox. */
export interface RunPlan extends ProgramPlan {
  readonly metadata: CollectRequest;
  readonly outputFiles: CollectRequest | undefined;
}
