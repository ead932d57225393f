/** What is kept of a log for those who come late, and for the answer to a build that failed. */
const KEPT_BYTES = 64 * 1024;

type Listener = (text: string) => void;

/** The log of one build: bounded, and heard by any number of listeners. */
export class BuildLog {
  readonly #decoder = new TextDecoder('utf-8');
  readonly #listeners = new Set<Listener>();
  #kept = '';

  write(bytes: Buffer): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text === '') return;
    this.#kept = (this.#kept + text).slice(-KEPT_BYTES);
    for (const listener of this.#listeners) listener(text);
  }

  /** Tells a listener what has been kept, and then everything new until the returned function is called. */
  listen(listener: Listener): () => void {
    if (this.#kept !== '') listener(this.#kept);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The last lines, at most so many characters. */
  tail(characters: number): string {
    const text = this.#kept.trimEnd();
    if (text.length <= characters) return text;
    const cut = text.slice(-characters);
    const lineEnd = cut.indexOf('\n');
    return lineEnd < 0 ? cut : cut.slice(lineEnd + 1);
  }
}
