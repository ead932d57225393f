import type { Command, OutputStream } from '../core/command.ts';
import { Deferred } from '../core/deferred.ts';
import { RunnerError } from '../core/errors.ts';
import type { Fate } from '../core/result.ts';
import { decodeFields, encodeFrame, IN, OUT, type OutFrame, ProtocolError } from './codec.ts';
import { execFields } from './command-fields.ts';
import { type Ending, readEnding } from './ending.ts';
import type { Operation } from './operation.ts';
import { ResponseDeadline } from './response-deadline.ts';
import { StdinPump } from './stdin-pump.ts';

/** How long after the wall-clock limit sandbox-init may take to respond. */
const RESPONSE_GRACE_MS = 180;
/** How long sandbox-init may take to start a program, even on a busy machine. */
const START_MS = 10_000;
/** Default of how long a listener may block a program in total. */
const LISTENER_TIMEOUT_MS = 30_000;

/** What a running command needs from its session. */
export interface CommandSession {
  write(frame: Buffer): unknown;
  /** Ends the session, and with it the sandbox. */
  end(reason: RunnerError): void;
}

/** One command from `exec` to `exited`. Sends its input, and passes its output on while it runs. */
export class RunningCommand implements Operation<Ending> {
  readonly #command: Command;
  readonly #session: CommandSession;
  readonly #stdin: StdinPump;
  readonly #deadline: ResponseDeadline;
  readonly #answer = new Deferred<Ending>();
  /** How long the listener may still block the program. */
  #listenerTimeMs: number;
  #startedAt: number | undefined;
  #startedAhead = false;
  #isOver = false;

  constructor(command: Command, session: CommandSession) {
    this.#command = command;
    this.#session = session;
    this.#listenerTimeMs = command.listenerTimeoutMs ?? LISTENER_TIMEOUT_MS;
    this.#stdin = new StdinPump(command.stdin, (frame) => session.write(frame));
    this.#deadline = new ResponseDeadline(() => this.#giveUp('The sandbox stopped responding.'));
  }

  get answer(): Promise<Ending> {
    return this.#answer.promise;
  }

  send(): void {
    this.#session.write(encodeFrame(IN.exec, execFields(this.#command)));
    this.#stdin.open();
    this.#deadline.expectWithin(START_MS);
  }

  take(frame: OutFrame): boolean | Promise<void> {
    this.#deadline.bytesArrived();
    switch (frame.type) {
      case OUT.started:
        this.#startedAt = performance.now();
        this.#startedAhead = decodeFields(frame.payload).get('ahead') === '1';
        this.#deadline.expectWithin(this.#command.wallMs + RESPONSE_GRACE_MS);
        this.#command.onStart?.();
        return false;
      case OUT.stdout:
        return this.#passOn('stdout', frame.payload);
      case OUT.stderr:
        return this.#passOn('stderr', frame.payload);
      case OUT.exited:
        this.#finish(readEnding(frame));
        return true;
      default:
        throw new ProtocolError(`a ${frame.type} frame while a program runs`);
    }
  }

  acknowledge(bytes: number): void {
    this.#stdin.acknowledge(bytes);
  }

  /** Does nothing if the program has not started. The wall time is measured here. */
  abandon(fate: Fate): void {
    if (this.#startedAt === undefined) return;
    const wallMs = performance.now() - this.#startedAt;
    this.#finish({ fate, usage: { wallMs, cpuMs: undefined, memoryPeakBytes: undefined }, writtenBytes: undefined });
  }

  fail(error: unknown): void {
    this.#close();
    this.#answer.reject(error);
  }

  #finish(ending: Ending): void {
    this.#close();
    this.#answer.resolve({ ...ending, startedAhead: this.#startedAhead });
  }

  #close(): void {
    this.#isOver = true;
    this.#deadline.clear();
    this.#stdin.close();
  }

  #passOn(stream: OutputStream, bytes: Buffer): boolean | Promise<void> {
    const waiting = this.#command.onOutput?.(stream, bytes);
    return waiting ? this.#waitFor(waiting) : false;
  }

  /** Waits for the listener, up to the limit. The deadline is paused meanwhile, because sandbox-init cannot send. */
  async #waitFor(listener: Promise<void>): Promise<void> {
    const waitingSince = performance.now();
    const timer = setTimeout(
      () => this.#giveUp('The output of the sandbox was not read in time.'),
      this.#listenerTimeMs,
    );
    this.#deadline.pause();
    try {
      await listener;
    } finally {
      clearTimeout(timer);
      this.#listenerTimeMs -= performance.now() - waitingSince;
    }
    if (!this.#isOver) this.#deadline.resume();
  }

  #giveUp(reason: string): void {
    this.abandon({ status: 'timed_out' });
    this.#session.end(new RunnerError('internal', reason));
  }
}
