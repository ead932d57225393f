import type { InputSink, LiveInput } from '../core/command.ts';

/**
 * Passes the output of one program to the input of another. It buffers nothing itself: input that a program has not read waits in its
 * session, and if too much is waiting, the writer blocks.
 */
export class StdioPipe implements LiveInput, InputSink {
  #sink: InputSink | undefined;

  flowTo(sink: InputSink): void {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#sink?.write(bytes);
  }

  end(): void {
    this.#sink?.end();
  }
}
