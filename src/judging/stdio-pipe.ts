import type { InputSink, LiveInput } from '../core/command.ts';

/**
 * What one program prints on its way to become another one's input. It holds nothing: what a program has not read waits with its
 * sandbox's session, and when that is much, whoever writes waits.
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
