import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { decodeBase64 } from './base64.ts';
import { firstFaultIn, placeOf } from './json-place.ts';
import { MalformedJson } from './json-refusals.ts';
import type { Shift, Skeleton } from './json-scanner.ts';
import { LongText } from './long-text.ts';

/** Number of values visited between turns of the event loop. */
const STRIDE = 20_000;
/** A key can be a long text too, for example a path in escapes. A key that is cut here is longer than any key may be. */
const MAX_NAME_BYTES = 256 * 1024;

type Container = Record<string, unknown> | unknown[];

/** Parses a scanned body. Every long string becomes a `LongText`. Throws `MalformedJson`. */
export async function parseSkeleton(skeleton: Skeleton): Promise<unknown> {
  const value = parseJson(skeleton.json, skeleton.shifts);
  if (skeleton.texts.length === 0) return value;
  const root = { value };
  await new Restorer(skeleton).restore(root);
  return root.value;
}

/** Parses a body that is small enough to be parsed at once. Throws `MalformedJson`. */
export function parseJson(json: Buffer, shifts: readonly Shift[] = []): unknown {
  const text = json.toString();
  if (!isUtf8(json)) throw notUtf8(json, text);
  try {
    return JSON.parse(text);
  } catch {
    // The message of `JSON.parse` quotes the body and does not always give the position.
    throw malformed(text, shifts);
  }
}

/** `text` is `json` decoded as UTF-8. Encoding it again shows the first byte that is not valid. */
function notUtf8(json: Buffer, text: string): MalformedJson {
  const valid = Buffer.from(text);
  const end = json.findIndex((byte, index) => byte !== valid[index]);
  return new MalformedJson('it is not valid UTF-8', placeOf(text, json.toString('utf8', 0, end).length));
}

/** Reports the first place where a text is not valid JSON. Long strings that were taken out before it on the same line count towards the column. */
function malformed(text: string, shifts: readonly Shift[]): MalformedJson {
  const { index, what } = firstFaultIn(text);
  if (index === text.length) return new MalformedJson(what);
  const { line, column } = placeOf(text, index);
  const lineStart = index - column + 1;
  const taken = shifts.filter(({ at }) => at > lineStart && at <= index).reduce((sum, { bytes }) => sum + bytes, 0);
  return new MalformedJson(what, { line, column: column + taken });
}

/** Replaces markers by their long texts. */
class Restorer {
  readonly #skeleton: Skeleton;
  readonly #pending: Container[] = [];
  #seen = 0;

  constructor(skeleton: Skeleton) {
    this.#skeleton = skeleton;
  }

  async restore(root: Container): Promise<void> {
    this.#pending.push(root);
    for (let container = this.#pending.pop(); container; container = this.#pending.pop()) {
      if (Array.isArray(container)) this.#restoreItems(container);
      else await this.#restoreFields(container);
      if (this.#seen > STRIDE) await this.#yieldToEventLoop();
    }
  }

  #restoreItems(items: unknown[]): void {
    items.forEach((item, index) => {
      items[index] = this.#restored(item);
    });
  }

  async #restoreFields(fields: Record<string, unknown>): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      const longName = this.#textOf(name);
      if (longName) delete fields[name];
      // `defineProperty` instead of assignment, so that `__proto__` is an ordinary key.
      Object.defineProperty(fields, longName ? nameOf(longName) : name, {
        value: this.#restored(value),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
    const { content } = fields;
    if (fields['encoding'] === 'base64' && content instanceof LongText)
      content.decoded = await decodeBase64(content.bytes);
  }

  #restored(value: unknown): unknown {
    this.#seen += 1;
    if (typeof value === 'string') return this.#textOf(value) ?? value;
    if (typeof value === 'object' && value !== null) this.#pending.push(value as Container);
    return value;
  }

  #textOf(marker: string): LongText | undefined {
    const { markerPrefix, texts } = this.#skeleton;
    return marker.startsWith(markerPrefix) ? texts[Number(marker.slice(markerPrefix.length))] : undefined;
  }

  async #yieldToEventLoop(): Promise<void> {
    this.#seen = 0;
    await setImmediate();
  }
}

function nameOf(text: LongText): string {
  return text.toText(MAX_NAME_BYTES);
}
