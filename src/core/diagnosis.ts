/** Of an import whose file is missing. A warning: the import may be conditional, and a program may write the file itself. */
export const MISSING_IMPORT = { severity: 'warning', code: 'missing_import' } as const;

/** One problem in the files of a program that has not been run. */
export interface SourceProblem {
  /** Relative to the working directory; null if the problem is of no file in particular. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** From 1, as the language counts it. */
  readonly column: number | null;
  readonly severity: 'error' | 'warning';
  /** Such as `syntax_error`, `missing_import` or `not_checked`. */
  readonly code: string;
  readonly message: string;
}
