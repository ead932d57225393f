import type { AheadCommand, CollectRequest, Command, WritableRoot } from '../core/command.ts';
import { RunnerError } from '../core/errors.ts';
import { OUTPUT_KILL_FACTOR } from '../core/limits.ts';
import type { SourceFile } from '../core/request.ts';
import type { Collected, Execution, Fate } from '../core/result.ts';
import { archivePieces } from './archive.ts';
import { decodeFields, encodeFrame, framesOf, IN, OUT, type OutFrame, ProtocolError } from './codec.ts';
import { CollectionRecord } from './collection.ts';
import { aheadFields, collectFields, limitFields, type OwnLimits, snapshotFields } from './command-fields.ts';
import type { Ending } from './ending.ts';
import { ExecutionRecord } from './execution-record.ts';
import { Inbox } from './inbox.ts';
import { type Operation, Question } from './operation.ts';
import { Outbox, type Send } from './outbox.ts';
import { RunningCommand } from './running-command.ts';
import { sandboxError } from './sandbox-error.ts';

/** Time limit of collecting files. A program can make it slow with many files. */
const COLLECT_MS = 5000;
/** Time limit of a reset. On an idle machine a second is enough for the maximum number of files. */
const RESET_MS = 5000;
/** Why a session that was left accepts nothing more. One for all sessions: a new error for each run would cost a stack trace. */
const LEFT = new RunnerError('internal', 'The sandbox has been left.');

/**
 * The service's side of the protocol with one sandbox-init, for runs, tests and builds. Commands are sent in order, without waiting
 * for answers, and answers come in the same order. The session only knows bytes: it calls `send` with bytes for sandbox-init, and its
 * owner calls `receive` with bytes from sandbox-init and `end` when there are no more. Either of `send` and `receive` may return a
 * promise; then no more bytes must follow until it resolves.
 */
export class Session {
  /** Resolves when sandbox-init is ready. */
  readonly ready: Promise<void>;
  readonly #send: Send;
  readonly #outbox: Outbox;
  readonly #inbox = new Inbox({ take: (frame) => this.#take(frame), onFailure: (error) => this.#break(error) });
  readonly #operations: Operation<unknown>[] = [];
  /** Commands are sent one after the other, because large files take as long as the connection needs. */
  #sent: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(send: Send) {
    this.#send = send;
    this.#outbox = new Outbox(send);
    this.ready = this.#expect(new Question({ read: (frame) => Promise.resolve(requireReady(frame)) }));
    this.ready.catch(() => undefined);
  }

  /**
   * Starts a command before its files are there. The first `execute` continues it if it is the same command, and else starts another. Only before any other call. There is no answer.
   */
  startAhead(command: AheadCommand): void {
    this.#enqueue(() => this.#write(encodeFrame(IN.ahead, aheadFields(command))));
  }

  /** Sets limits of a cell. Once, before any other call but `startAhead`. If that fails, the next command rejects. */
  limit(limits: OwnLimits): void {
    this.#enqueue(() => this.#write(encodeFrame(IN.limits, limitFields(limits))));
  }

  /** Sends files. If that fails, the next command rejects. */
  stage(files: readonly SourceFile[], root: WritableRoot = '/workspace'): void {
    if (files.length === 0) return;
    const type = root === '/tmp' ? IN.tmpFiles : IN.files;
    this.#enqueue(async () => {
      const frames = archivePieces(files).flatMap((piece) => framesOf(type, piece));
      for (const frame of frames) await this.#write(...frame);
      this.#write(encodeFrame(type));
    });
  }

  /** Saves files and folders for `reset`, where programs cannot reach them. If that fails, the next command rejects. */
  snapshot(paths: readonly string[]): void {
    this.#enqueue(() => this.#write(encodeFrame(IN.snapshot, snapshotFields(paths))));
  }

  /** Runs a command to its end. Rejects only if the sandbox fails. */
  async execute(command: Command): Promise<Execution> {
    const { outputBytes, outputKillBytes = outputBytes * OUTPUT_KILL_FACTOR } = command;
    const record = new ExecutionRecord(outputBytes);
    const onOutput: Command['onOutput'] = (stream, bytes) => {
      const kept = record.add(stream, bytes);
      const waiting = kept.length > 0 ? command.onOutput?.(stream, kept) : undefined;
      if (kept.length < bytes.length) command.onTruncated?.(stream);
      return waiting;
    };
    // The byte over the limit says that the output is cut as soon as it is.
    return record.finish(await this.stream({ ...command, onOutput, outputBytes: outputBytes + 1, outputKillBytes }));
  }

  /** Runs a command to its end without keeping its output. Rejects only if the sandbox fails. */
  stream(command: Command): Promise<Ending> {
    const write = (frame: Buffer) => this.#write(frame);
    const running = new RunningCommand(command, { write, end: (reason) => this.end(reason) });
    return this.#ask(running, () => running.send());
  }

  /** Collects files after the program has ended. */
  collect(request: CollectRequest): Promise<Collected> {
    const record = new CollectionRecord(request.maxBytes);
    const collecting = new Question({
      read: (frame) => record.take(frame),
      withinMs: COLLECT_MS,
      onLate: () => this.end(new RunnerError('internal', 'Collecting files took too long.')),
    });
    return this.#ask(collecting, () => this.#write(encodeFrame(IN.collect, collectFields(request))));
  }

  /** Resets the sandbox to its snapshot. If sandbox-init cannot prove that nothing else is left, this rejects and the session ends. */
  reset(): Promise<void> {
    const resetting = new Question({
      read: (frame) => Promise.resolve(requireReady(frame)),
      withinMs: RESET_MS,
      onLate: () => this.end(new RunnerError('internal', 'Resetting the sandbox took too long.')),
    });
    return this.#ask(resetting, () => this.#write(encodeFrame(IN.reset)));
  }

  /** Whether every command has been answered, and more may be given. */
  get isIdle(): boolean {
    return this.#failure === undefined && this.#operations.length === 0;
  }

  /** Asks sandbox-init to go, behind all that was given, and accepts nothing more. Resolves when the request is sent. Only when idle. */
  async leave(): Promise<void> {
    await this.#sent;
    this.exit();
    this.end(LEFT);
  }

  /** Asks sandbox-init to kill everything and exit. */
  exit(): void {
    if (this.#failure === undefined) void this.#send([encodeFrame(IN.exit)]);
  }

  /** Takes bytes from sandbox-init. If it returns a promise, the caller must not pass more bytes before that resolves. */
  receive(chunk: Buffer): void | Promise<void> {
    if (this.#failure === undefined) return this.#inbox.receive(chunk);
  }

  /** Ends the running command with a fate that is known from elsewhere. Its output so far is kept. */
  abandon(fate: Fate): void {
    this.#operations[0]?.abandon?.(fate);
  }

  /** Ends the session: every waiting command fails with `reason`. */
  end(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#outbox.discard();
    for (const operation of this.#operations.splice(0)) operation.fail(reason);
  }

  #take(frame: OutFrame): void | Promise<void> {
    if (this.#failure !== undefined) return;
    if (frame.type === OUT.error) throw sandboxError(decodeFields(frame.payload));
    const [operation] = this.#operations;
    if (frame.type === OUT.stdinAck) {
      const bytes = acknowledgedBytes(frame);
      operation?.acknowledge?.(bytes);
      return;
    }
    if (!operation) throw new ProtocolError(`an unexpected ${frame.type} frame`);
    const taken = operation.take(frame);
    if (typeof taken !== 'boolean') return taken;
    if (taken) this.#beginNext();
  }

  #beginNext(): void {
    this.#operations.shift();
    this.#operations[0]?.begin?.();
  }

  #break(error: unknown): void {
    if (error instanceof RunnerError) {
      this.end(error);
      return;
    }
    const isBroken = error instanceof ProtocolError;
    const detail = isBroken
      ? 'The sandbox violated its protocol.'
      : 'The output of the sandbox could not be passed on.';
    this.end(new RunnerError('internal', detail, { cause: error }));
  }

  #ask<T>(operation: Operation<T>, send: () => unknown): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#enqueue(send);
    return this.#expect(operation);
  }

  #expect<T>(operation: Operation<T>): Promise<T> {
    if (this.#operations.push(operation) === 1) operation.begin?.();
    return operation.answer;
  }

  /** Calls `write` after all earlier commands have been sent, unless the session has ended. */
  #enqueue(write: () => unknown): void {
    this.#sent = this.#sent
      .then(async () => {
        if (this.#failure === undefined) await write();
      })
      .catch((error) => this.end(new RunnerError('internal', 'A command could not be sent.', { cause: error })));
  }

  #write(...buffers: readonly Buffer[]): void | Promise<void> {
    if (this.#failure === undefined) return this.#outbox.write(...buffers);
  }
}

function requireReady(frame: OutFrame): void {
  if (frame.type !== OUT.ready) throw new ProtocolError(`a ${frame.type} frame before ready`);
  const version = decodeFields(frame.payload).get('protocol');
  if (version !== '1') throw new ProtocolError(`sandbox-init speaks protocol ${version}; rebuild the runtime images`);
}

function acknowledgedBytes(frame: OutFrame): number {
  const bytes = Number(decodeFields(frame.payload).get('bytes'));
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new ProtocolError('an acknowledgement without a number');
  return bytes;
}
