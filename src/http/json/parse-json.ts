import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { decodeBase64 } from './base64.ts';
import { firstFaultIn, placeOf } from './json-place.ts';
import { MalformedJson } from './json-refusals.ts';
import type { Shift, Skeleton } from './json-scanner.ts';
import { LongText } from './long-text.ts';

/** Values looked at in one go. */
const STRIDE = 20_000;
/** A name may be a long text as well, as when a path is written in escapes. One that is cut here is longer than any name may be. */
const MAX_NAME_BYTES = 256 * 1024;

type Container = Record<string, unknown> | unknown[];

/** The value of a body, in which every long string is a `LongText`. Throws `MalformedJson`. */
export async function parseSkeleton(skeleton: Skeleton): Promise<unknown> {
  const value = parseJson(skeleton.json, skeleton.shifts);
  if (skeleton.texts.length === 0) return value;
  const root = { value };
  await new Restorer(skeleton).restore(root);
  return root.value;
}

/** The value of a body that is small enough to be parsed in one go. Throws `MalformedJson`. */
export function parseJson(json: Buffer, shifts: readonly Shift[] = []): unknown {
  const text = json.toString();
  if (!isUtf8(json)) throw notUtf8(json, text);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the body, and do not always say where.
    throw malformed(text, shifts);
  }
}

/** `text` is what reading these bytes as UTF-8 makes of them: it differs from them where they are none. */
function notUtf8(json: Buffer, text: string): MalformedJson {
  const valid = Buffer.from(text);
  const end = json.findIndex((byte, index) => byte !== valid[index]);
  return new MalformedJson('it is not valid UTF-8', placeOf(text, json.toString('utf8', 0, end).length));
}

/** Tells where a text stops being JSON. What was taken out before that place on its line counts as well. */
function malformed(text: string, shifts: readonly Shift[]): MalformedJson {
  const { index, what } = firstFaultIn(text);
  if (index === text.length) return new MalformedJson(what);
  const { line, column } = placeOf(text, index);
  const lineStart = index - column + 1;
  const taken = shifts.filter(({ at }) => at > lineStart && at <= index).reduce((sum, { bytes }) => sum + bytes, 0);
  return new MalformedJson(what, { line, column: column + taken });
}

/** Puts long texts back where their markers stand. */
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
      if (this.#seen > STRIDE) await this.#giveWay();
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
      // Defined and not assigned: `__proto__` is a name like any other.
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

  async #giveWay(): Promise<void> {
    this.#seen = 0;
    await setImmediate();
  }
}

function nameOf(text: LongText): string {
  return text.toText(MAX_NAME_BYTES);
}
