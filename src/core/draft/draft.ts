import type { Isolation } from '../isolation.ts';
import type { LimitPolicy } from '../limits.ts';
import type { Comparison } from '../request.ts';

/**
 * A run as a caller asks for it, in the form that every API maps its requests to. Values have the right type, but nothing else has
 * been checked. A value that is left out or null gets the operator's default.
 */

export type Maybe<T> = T | null | undefined;

/** A number of bytes, or a size with a unit: `256m`, `1GiB`. */
export type Size = string | number;

export interface RunDraft extends ProgramDraft, LimitsDraft, ExtensionDraft, TestSuiteDraft {
  readonly outputFiles?: Maybe<readonly string[]>;
}

export interface ProgramDraft {
  readonly runtime?: Maybe<string>;
  readonly code?: Maybe<string>;
  /** File contents by path. */
  readonly files?: Maybe<Readonly<Record<string, Buffer>>>;
  readonly entrypoint?: Maybe<string>;
  readonly args?: Maybe<readonly string[]>;
  readonly stdin?: Maybe<Buffer>;
  readonly environment?: Maybe<Readonly<Record<string, string>>>;
  /** A container of its own is always granted. */
  readonly isolation?: Maybe<'container'>;
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

/** What a run needs on top of its runtime. */
export interface ExtensionDraft {
  readonly prebuild?: Maybe<SetupDraft>;
  readonly packages?: Maybe<readonly string[]>;
}

/** A runtime and a script to run on top of it. */
export interface SetupDraft {
  readonly base?: Maybe<string>;
  readonly setupScript?: Maybe<string>;
}

/** A prebuild to build. */
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

/** Every name that the field of a violation can have. An API that does not map all of them to its own names does not compile. */
export type FieldName = keyof RunDraft | keyof PrebuildDraft | keyof TestDraft | keyof EvaluatorDraft | 'epsilon';

/** What the operator allows. */
export interface RequestPolicy {
  readonly limits: LimitPolicy;
  /** Id of the runtime for requests that do not name one. */
  readonly defaultRuntime: string;
  /** Whether a run may ask for a prebuild or packages. */
  readonly hasPrebuilds: boolean;
  /** Isolation of requests that do not ask for any. */
  readonly isolation: Isolation;
}
