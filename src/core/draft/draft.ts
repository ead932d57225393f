import type { LimitPolicy } from '../limits.ts';
import type { Comparison } from '../request.ts';

/**
 * A run as somebody asks for it, whatever the dialect. Values have the right type; nothing else has been checked. Whatever is left
 * out, or null, gets the operator's default.
 */

export type Maybe<T> = T | null | undefined;

/** Bytes as a number, or as people write them: `256m`, `1GiB`. */
export type Size = string | number;

export interface RunDraft extends ProgramDraft, LimitsDraft, ExtensionDraft, TestSuiteDraft {
  readonly outputFiles?: Maybe<readonly string[]>;
}

export interface ProgramDraft {
  readonly runtime?: Maybe<string>;
  readonly code?: Maybe<string>;
  /** Contents by name. */
  readonly files?: Maybe<Readonly<Record<string, Buffer>>>;
  readonly entrypoint?: Maybe<string>;
  readonly args?: Maybe<readonly string[]>;
  readonly stdin?: Maybe<Buffer>;
  readonly environment?: Maybe<Readonly<Record<string, string>>>;
}

export interface LimitsDraft extends TimesDraft {
  readonly compileTimeoutMs?: Maybe<number>;
  readonly memoryBytes?: Maybe<Size>;
  readonly cpuShares?: Maybe<number>;
  readonly cpus?: Maybe<number>;
  readonly diskBytes?: Maybe<Size>;
  readonly pids?: Maybe<number>;
  readonly outputBytes?: Maybe<Size>;
  readonly network?: Maybe<boolean>;
}

export interface TimesDraft {
  readonly timeoutMs?: Maybe<number>;
  readonly cpuTimeoutMs?: Maybe<number>;
}

/** What a run wants beyond its runtime. */
export interface ExtensionDraft {
  readonly prebuild?: Maybe<SetupDraft>;
  readonly packages?: Maybe<readonly string[]>;
}

/** A runtime and what is to be done on top of it. */
export interface SetupDraft {
  readonly base?: Maybe<string>;
  readonly setupScript?: Maybe<string>;
}

/** A prebuild to be made. */
export interface PrebuildDraft extends SetupDraft {
  readonly tag: string;
  readonly packages?: Maybe<readonly string[]>;
}

export interface TestSuiteDraft {
  readonly tests?: Maybe<readonly TestDraft[]>;
  readonly comparison?: Maybe<Comparison>;
  readonly stopsOnFailure?: Maybe<boolean>;
  readonly checker?: Maybe<EvaluatorDraft>;
  readonly interactor?: Maybe<EvaluatorDraft>;
}

export interface TestDraft extends TimesDraft {
  readonly name?: Maybe<string>;
  readonly stdin?: Maybe<Buffer>;
  readonly args?: Maybe<readonly string[]>;
  readonly expected?: Maybe<Buffer>;
}

/** A checker or interactor. */
export interface EvaluatorDraft {
  readonly code: string;
  readonly runtime?: Maybe<string>;
}

/** Every name that a violation's field can have: a front door that lacks one of its own for any of them does not compile. */
export type FieldName = keyof RunDraft | keyof PrebuildDraft | keyof TestDraft | keyof EvaluatorDraft | 'epsilon';

/** What the operator allows. */
export interface RequestPolicy {
  readonly limits: LimitPolicy;
  /** What a caller gets who names no runtime. */
  readonly defaultRuntime: string;
  /** Whether a run may ask for more than a plain runtime. */
  readonly hasPrebuilds: boolean;
}
