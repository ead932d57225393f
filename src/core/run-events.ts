import type { OutputStream } from './command.ts';
import type { Compilation, SandboxOrigin, TestResult } from './result.ts';

/** What is published of a run while it is in progress. Its end is none of these: a run has one result or one error. */
export type RunEvent =
  /** The run waits for a slot. `position` counts the waiting runs, this one included. */
  | { readonly kind: 'queued'; readonly position: number }
  /** The program of a phase executes. Again for the same phase: its sandbox was lost, and what was published of the phase is void. */
  | ({ readonly kind: 'started'; readonly sandbox: SandboxOrigin } & Place)
  | ({ readonly kind: 'output' } & OutputPiece)
  /** More was written to the stream than is kept; nothing more of it follows. */
  | ({ readonly kind: 'truncated'; readonly stream: OutputStream } & Place)
  /** The program has been compiled, and will run. */
  | { readonly kind: 'compiled'; readonly compilation: Compilation }
  /** A test has ended, or will not be run. The tests come in order. */
  | { readonly kind: 'test'; readonly result: TestResult };

/** Which part of a run. */
export interface Place {
  readonly phase: 'compile' | 'run';
  /** Index of the test in a judged run. */
  readonly test: number | undefined;
}

/** Bytes that a program wrote. The order of the two streams is not known. */
export interface OutputPiece extends Place {
  readonly stream: OutputStream;
  readonly bytes: Buffer;
  /** Milliseconds since the phase began, of the first byte. */
  readonly atMs: number;
}

/** Follows a run. */
export interface RunEvents {
  /** How long it may hold up one program in total, in milliseconds. After that the program counts as timed out. */
  readonly mayHoldMs: number;
  /** Returns a promise if it has enough output to deal with. It resolves when more may be published. Never throws and never rejects. */
  publish(event: RunEvent): void | Promise<void>;
}

/** For a run that nobody follows. */
export const NO_EVENTS: RunEvents = { mayHoldMs: 0, publish: () => undefined };
