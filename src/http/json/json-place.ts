/** A place in a body as people count: from 1, columns in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.eE+-])|true|false|null/uy;

type Expectation = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma' | 'end';

/** Index of the first character at which a text stops being JSON (RFC 8259); its length where it ends too early. */
export function firstErrorIn(text: string): number {
  return new Grammar(text).firstError();
}

export function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index);
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}

class Grammar {
  readonly #text: string;
  readonly #closers: ('}' | ']')[] = [];
  #at = 0;
  #expected: Expectation = 'value';

  constructor(text: string) {
    this.#text = text;
  }

  firstError(): number {
    for (;;) {
      this.#skip(SPACE);
      if (this.#at >= this.#text.length || !this.#step(this.#text[this.#at] ?? '')) return this.#at;
    }
  }

  /** Takes one token; `false` where it is not one that can stand here. */
  #step(character: string): boolean {
    switch (this.#expected) {
      case 'value':
      case 'value or ]':
        return this.#value(character);
      case 'name':
      case 'name or }':
        return this.#name(character);
      case 'colon':
        return character === ':' && this.#take('value');
      case 'comma':
        return this.#comma(character);
      case 'end':
        return false;
    }
  }

  #value(character: string): boolean {
    if (character === ']' && this.#expected === 'value or ]') return this.#close();
    if (character === '[' || character === '{') {
      this.#closers.push(character === '[' ? ']' : '}');
      return this.#take(character === '[' ? 'value or ]' : 'name or }');
    }
    return this.#skip(SCALAR) && this.#expect(this.#behindValue());
  }

  #name(character: string): boolean {
    if (character === '}' && this.#expected === 'name or }') return this.#close();
    return character === '"' && this.#skip(SCALAR) && this.#expect('colon');
  }

  #comma(character: string): boolean {
    const closer = this.#closers.at(-1);
    if (character === closer) return this.#close();
    return character === ',' && this.#take(closer === '}' ? 'name' : 'value');
  }

  #close(): boolean {
    this.#closers.pop();
    return this.#take(this.#behindValue());
  }

  #behindValue(): Expectation {
    return this.#closers.length > 0 ? 'comma' : 'end';
  }

  #take(next: Expectation): boolean {
    this.#at += 1;
    return this.#expect(next);
  }

  #expect(next: Expectation): boolean {
    this.#expected = next;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const isThere = pattern.test(this.#text);
    if (isThere) this.#at = pattern.lastIndex;
    return isThere;
  }
}
