import type { CollectRequest, Command, WritableRoot } from '../core/command.ts';
import { RunnerError } from '../core/errors.ts';
import type { SourceFile } from '../core/request.ts';
import type { Collected, Execution, Fate } from '../core/result.ts';
import { packArchive } from './archive.ts';
import {
  decodeFields,
  encodeFrame,
  FrameDecoder,
  IN,
  MAX_IN_PAYLOAD_BYTES,
  OUT,
  type OutFrame,
  ProtocolError,
} from './codec.ts';
import { CollectionRecord } from './collection.ts';
import { collectFields, execFields, snapshotFields } from './command-fields.ts';
import { ExecutionRecord } from './execution.ts';
import { ResponseDeadline } from './response-deadline.ts';
import { sandboxError } from './sandbox-error.ts';
import { StdinPump } from './stdin-pump.ts';

/** How long after the wall limit sandbox-init may stay silent before it is given up. */
const RESPONSE_GRACE_MS = 180;
/** How long sandbox-init may take to start a program, on a machine that is busy. */
const START_MS = 10_000;

/** How long looking for files and sending them may take; a program can make looking slow. */
const COLLECT_MS = 5000;
/** How long wiping and restoring may take; all the files there can be are removed within a second, on a machine that is not busy. */
const RESET_MS = 5000;

/** A command that waits for its answer, which comes in one or more frames. */
interface Pending {
  /** The answer is the next to come. */
  begin?(): void;
  /** Takes a frame and says whether the answer is complete. */
  take(frame: OutFrame): boolean;
  fail(error: unknown): void;
}

interface TimedQuestion<T> {
  readonly frame: () => Buffer;
  readonly withinMs: number;
  /** What is said when it did not come in time. */
  readonly otherwise: string;
  /** Takes a frame; the answer when it was the last one. */
  readonly read: (frame: OutFrame) => Promise<T> | undefined;
}

/**
 * The service's side of the conversation with one sandbox-init. Commands go out in the order given, without waiting for
 * answers; answers come back in the same order. It knows bytes only: `send` takes what goes to sandbox-init, `receive`
 * what came from it, `end` that nothing more will come.
 */
export class Session {
  /** Resolves when sandbox-init has said that it is there. */
  readonly ready: Promise<void>;
  readonly #send: (bytes: Buffer) => void;
  readonly #decoder = new FrameDecoder();
  readonly #pending: Pending[] = [];
  #outgoing: Promise<void> = Promise.resolve();
  #batch: Buffer[] = [];
  #stdin: StdinPump | undefined;
  #abandon: ((fate: Fate) => void) | undefined;
  #failure: unknown;

  constructor(send: (bytes: Buffer) => void) {
    this.#send = send;
    this.ready = new Promise((resolve, reject) => {
      const take = (frame: OutFrame) => {
        greet(frame);
        resolve();
        return true;
      };
      this.#pending.push({ take, fail: reject });
    });
    this.ready.catch(() => undefined);
  }

  /** Sends files ahead of the next command. A failure shows in that command. */
  stage(files: readonly SourceFile[], root: WritableRoot = '/workspace'): void {
    const type = root === '/tmp' ? IN.tmpFiles : IN.files;
    this.#enqueue(async () => {
      if (files.length === 0) return;
      const archive = await packArchive(files);
      for (let offset = 0; offset < archive.length; offset += MAX_IN_PAYLOAD_BYTES) {
        this.#write(encodeFrame(type, archive.subarray(offset, offset + MAX_IN_PAYLOAD_BYTES)));
      }
      this.#write(encodeFrame(type));
    });
  }

  /** Copies files and folders out of the reach of programs, for `reset`. A failure shows in the command that follows. */
  snapshot(paths: readonly string[]): void {
    this.#enqueue(() => this.#write(encodeFrame(IN.snapshot, snapshotFields(paths))));
  }

  /** Runs a command to its end. Rejects only when the sandbox failed. */
  execute(command: Command): Promise<Execution> {
    const record = new ExecutionRecord(command.outputBytes);
    const stdin = new StdinPump(command.stdin, (frame) => this.#write(frame));
    return this.#ask<Execution>((answer) => {
      const deadline = new ResponseDeadline(() => {
        this.abandon({ status: 'timed_out' });
        this.end(new RunnerError('internal', 'The sandbox stopped answering.'));
      });
      this.#abandon = (fate) => record.hasStarted && answer.resolve(record.abandon(fate));
      this.#enqueue(() => {
        this.#write(encodeFrame(IN.exec, execFields(command)));
        this.#stdin = stdin;
        stdin.open();
        deadline.expectWithin(START_MS);
      });
      return {
        take: (frame) => {
          if (frame.type === OUT.started) deadline.expectWithin(command.wallMs + RESPONSE_GRACE_MS);
          const execution = record.take(frame);
          if (frame.type === OUT.stdout) command.onStdout?.(frame.payload);
          if (!execution) return false;
          deadline.clear();
          stdin.close();
          this.#stdin = undefined;
          this.#abandon = undefined;
          answer.resolve(execution);
          return true;
        },
        fail: (error) => {
          deadline.clear();
          answer.reject(error);
        },
      };
    });
  }

  /** Brings files back when no program runs any more. */
  collect(request: CollectRequest): Promise<Collected> {
    const record = new CollectionRecord(request.maxBytes);
    return this.#askInTime({
      frame: () => encodeFrame(IN.collect, collectFields(request)),
      withinMs: COLLECT_MS,
      otherwise: 'Collecting files took too long.',
      read: (frame) => record.take(frame),
    });
  }

  /** Back to the snapshot and nothing else. Rejects when that cannot be proven; then nothing is accepted any more. */
  reset(): Promise<void> {
    return this.#askInTime({
      frame: () => encodeFrame(IN.reset),
      withinMs: RESET_MS,
      otherwise: 'Resetting the sandbox took too long.',
      read: (frame) => Promise.resolve(greet(frame)),
    });
  }

  /** Asks sandbox-init to kill everything and go. */
  exit(): void {
    if (this.#failure === undefined) this.#send(encodeFrame(IN.exit));
  }

  /** Bytes that sandbox-init wrote. */
  receive(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    try {
      for (const frame of this.#decoder.push(chunk)) this.#dispatch(frame);
    } catch (error) {
      this.end(
        error instanceof RunnerError
          ? error
          : new RunnerError('internal', 'The sandbox broke its protocol.', { cause: error }),
      );
    }
  }

  /** Answers a program that was running with what it had printed: how it ended is known, but not from sandbox-init. */
  abandon(fate: Fate): void {
    this.#abandon?.(fate);
  }

  /** Nothing more will come: every command that waits fails with `reason`. */
  end(reason: RunnerError): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    for (const pending of this.#pending.splice(0)) pending.fail(reason);
  }

  #dispatch(frame: OutFrame): void {
    if (frame.type === OUT.error) throw sandboxError(decodeFields(frame.payload));
    if (frame.type === OUT.stdinAck) {
      this.#stdin?.acknowledge(acknowledgedBytes(frame));
      return;
    }
    const pending = this.#pending[0];
    if (!pending) throw new ProtocolError(`a ${frame.type} frame that nobody asked for`);
    if (!pending.take(frame)) return;
    this.#pending.shift();
    this.#pending[0]?.begin?.();
  }

  #ask<T>(
    start: (answer: { resolve(value: T | Promise<T>): void; reject(error: unknown): void }) => Pending,
  ): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise<T>((resolve, reject) => {
      const pending = start({ resolve, reject });
      if (this.#pending.push(pending) === 1) pending.begin?.();
    });
  }

  /** Asks for what must have come within a time, counted from when it is the next to be answered. */
  #askInTime<T>({ frame, withinMs, otherwise, read }: TimedQuestion<T>): Promise<T> {
    return this.#ask<T>((answer) => {
      const deadline = new ResponseDeadline(() => this.end(new RunnerError('internal', otherwise)));
      this.#enqueue(() => this.#write(frame()));
      return {
        begin: () => deadline.expectWithin(withinMs),
        take: (frame) => {
          const answered = read(frame);
          if (!answered) return false;
          deadline.clear();
          answer.resolve(answered);
          return true;
        },
        fail: (error) => {
          deadline.clear();
          answer.reject(error);
        },
      };
    });
  }

  /** Carries out `write` after all that was given before, unless the session has ended; packing an archive may take a moment. */
  #enqueue(write: () => void | Promise<void>): void {
    this.#outgoing = this.#outgoing
      .then(() => (this.#failure === undefined ? write() : undefined))
      .catch((error) => this.end(new RunnerError('internal', 'A command could not be sent.', { cause: error })));
  }

  /** Frames given in one go leave in one write. */
  #write(frame: Buffer): void {
    if (this.#batch.push(frame) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    if (this.#failure === undefined) this.#send(batch.length === 1 && batch[0] ? batch[0] : Buffer.concat(batch));
  }
}

function greet(frame: OutFrame): void {
  if (frame.type !== OUT.ready) throw new ProtocolError(`a ${frame.type} frame before ready`);
  const version = decodeFields(frame.payload).get('protocol');
  if (version !== '1') throw new ProtocolError(`sandbox-init speaks protocol ${version}; rebuild the runtime images`);
}

function acknowledgedBytes(frame: OutFrame): number {
  const bytes = Number(decodeFields(frame.payload).get('bytes'));
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new ProtocolError('an acknowledgement without a number');
  return bytes;
}
