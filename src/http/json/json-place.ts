/** A position in a body. Lines and columns count from 1. Columns count characters, or bytes if the scanner found the position. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The first place where a text is not valid JSON (RFC 8259), and why. */
export interface Fault {
  /** Index of the first unexpected character, or the length of the text if it ends too early. */
  readonly index: number;
  readonly what: string;
}

const UNEXPECTED = 'unexpected character';
export const UNESCAPED = 'a string contains an unescaped control character (write a line break as \\n)';
const UNKNOWN_ESCAPE = 'a string contains an unknown escape (write a backslash as \\\\)';

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.eE+-])|true|false|null/uy;

/** A string, up to its end or to the first character that is not allowed in it. */
const STRING_START = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy;

type Expectation = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma' | 'end';

export function firstFaultIn(text: string): Fault {
  const index = new Grammar(text).firstError();
  if (index === text.length) return { index, what: 'it ends too early' };
  return text[index] === '"' && matchFrom(SCALAR, text, index) === undefined
    ? faultInString(text, index)
    : { index, what: UNEXPECTED };
}

function faultInString(text: string, start: number): Fault {
  const index = matchFrom(STRING_START, text, start) ?? start;
  if (index === text.length) return { index: start, what: 'it ends inside a string that starts' };
  return { index, what: text[index] === '\\' ? UNKNOWN_ESCAPE : UNESCAPED };
}

/** The end of a match of a sticky pattern, or `undefined` if it does not match. */
function matchFrom(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
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

  /** Consumes one token. Returns `false` if it is not allowed here. */
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
    const end = matchFrom(pattern, this.#text, this.#at);
    this.#at = end ?? this.#at;
    return end !== undefined;
  }
}
