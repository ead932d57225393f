import { RunnerError } from '../core/errors.ts';
import type { SourceFile } from '../core/request.ts';
import type { Fate } from '../core/result.ts';
import { packArchive } from './archive.ts';
import {
  decodeFields,
  encodeFields,
  encodeFrame,
  type Field,
  FrameDecoder,
  IN,
  MAX_IN_PAYLOAD_BYTES,
  OUT,
  type OutFrame,
  ProtocolError,
} from './codec.ts';
import { ExecutionRecord } from './execution.ts';

/** A command that writes more than this to one stream is killed. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** A command of a build: it has no input, and its output is handed on as it comes. */
export interface BuildCommand {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly wallMs: number;
  /** No file may become larger. */
  readonly maxFileBytes: number;
}

interface Pending {
  take(frame: OutFrame): void;
  reject(error: unknown): void;
}

/** A conversation with the sandbox-init of a build container: one command after the other, each awaited before the next. */
export class BuildSession {
  /** Resolves when sandbox-init has said that it is there. */
  readonly ready: Promise<void>;
  readonly #send: (bytes: Buffer) => void;
  readonly #onOutput: (bytes: Buffer) => void;
  readonly #decoder = new FrameDecoder();
  #pending: Pending | undefined;
  #failure: unknown;

  constructor(send: (bytes: Buffer) => void, onOutput: (bytes: Buffer) => void) {
    this.#send = send;
    this.#onOutput = onOutput;
    this.ready = this.#greeting();
    this.ready.catch(() => undefined);
  }

  /** Puts files into the working directory. A failure shows in the command that follows. */
  async stage(files: readonly SourceFile[]): Promise<void> {
    if (files.length === 0) return;
    const archive = await packArchive(files);
    for (let offset = 0; offset < archive.length; offset += MAX_IN_PAYLOAD_BYTES) {
      this.#send(encodeFrame(IN.files, archive.subarray(offset, offset + MAX_IN_PAYLOAD_BYTES)));
    }
    this.#send(encodeFrame(IN.files));
  }

  /** Runs a command to its end. */
  execute(command: BuildCommand): Promise<Fate> {
    const record = new ExecutionRecord(0);
    this.#send(encodeFrame(IN.exec, execFields(command)));
    return this.#answer((frame) => {
      if (frame.type !== OUT.stdout && frame.type !== OUT.stderr) return record.take(frame)?.fate;
      this.#onOutput(frame.payload);
      return undefined;
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
      this.end(new RunnerError('internal', 'The build container broke its protocol.', { cause: error }));
    }
  }

  /** Nothing more will come: what waits fails with the reason, and so does what is asked from now on. */
  end(reason: unknown): void {
    this.#failure ??= reason;
    this.#pending?.reject(this.#failure);
    this.#pending = undefined;
  }

  #dispatch(frame: OutFrame): void {
    if (frame.type === OUT.error) throw new ProtocolError(errorText(frame));
    if (!this.#pending) throw new ProtocolError(`a ${frame.type} frame that nobody asked for`);
    this.#pending.take(frame);
  }

  #greeting(): Promise<void> {
    const greeted = this.#answer((frame) => {
      if (frame.type !== OUT.ready) throw new ProtocolError(`a ${frame.type} frame in place of ready`);
      return true;
    });
    return greeted.then(() => undefined);
  }

  /** What `read` makes of the frames to come, at the first one of which it makes something. */
  #answer<T>(read: (frame: OutFrame) => T | undefined): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise<T>((resolve, reject) => {
      const take = (frame: OutFrame) => {
        const value = read(frame);
        if (value === undefined) return;
        this.#pending = undefined;
        resolve(value);
      };
      this.#pending = { take, reject };
    });
  }
}

function execFields({ argv, environment, wallMs, maxFileBytes }: BuildCommand): Buffer {
  return encodeFields([
    ...argv.map((arg): Field => ['arg', arg]),
    ...Object.entries(environment).map(([name, value]): Field => ['env', `${name}=${value}`]),
    ['stdin', 'null'],
    ['wall_ms', Math.max(1, Math.round(wallMs))],
    ['file_bytes', maxFileBytes],
    ['output_bytes', MAX_LOG_BYTES],
    ['output_kill_bytes', MAX_LOG_BYTES],
  ]);
}

function errorText(frame: OutFrame): string {
  const fields = decodeFields(frame.payload);
  return `${fields.get('code')}: ${fields.get('message')}`;
}
