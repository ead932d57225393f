/** What a program or its compiler reported when it failed, as fields instead of text. */
export interface ProgramError {
  /** For example `ValueError`, `panic` or `E0425`. */
  readonly type: string;
  readonly message: string;
  /** Relative to the working directory; null if the report names no file of the caller. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** From 1, as the language counts it. */
  readonly column: number | null;
  /** The part of the output that the other fields come from; null for a compiler's message. */
  readonly traceback: string | null;
}

/**
 * How a language reports an error. The patterns match single lines. Their named groups `type`, `message`, `file`, `line` and `column`
 * become the fields of the error.
 */
export interface ErrorFormat {
  /** The line with which a report begins. */
  readonly report: RegExp;
  /** Which report counts if there are several. */
  readonly pick: 'first' | 'last';
  /** The line beneath the source line that marks the column. The error line comes after it. */
  readonly caret?: RegExp | undefined;
  /** The line with the error, after the first one. If left out, the first line is that line. */
  readonly error?: RegExp | undefined;
  /** The message continues until this line or the first frame. If left out, it continues to the end of the report. */
  readonly until?: RegExp | undefined;
  /** A line of the stack. A report without one does not have this format. */
  readonly frame?: RegExp | undefined;
  /** Where the stack has the frame in which the error occurred. */
  readonly innermost: 'first' | 'last';
  /** The report ends before this line. If left out, it continues to the end of the output. */
  readonly end?: RegExp | undefined;
  /** The type of an error that names none. */
  readonly type: string;
}

/** The formats of each phase, in the order in which they are tried. */
export interface ErrorFormats {
  readonly compile: readonly ErrorFormat[];
  readonly run: readonly ErrorFormat[];
}
