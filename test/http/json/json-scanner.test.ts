import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunnerError } from '../../../src/core/errors.ts';
import { JsonScanner } from '../../../src/http/json/json-scanner.ts';
import { LONG_TEXT_BYTES, LongText } from '../../../src/http/json/long-text.ts';
import { parseJson, parseSkeleton } from '../../../src/http/json/parse-json.ts';

const LONG = LONG_TEXT_BYTES + 1;

async function read(body: string | Buffer, chunkBytes = 65_536): Promise<unknown> {
  const scanner = new JsonScanner();
  const bytes = Buffer.from(body);
  for (let from = 0; from < bytes.length; from += chunkBytes) scanner.push(bytes.subarray(from, from + chunkBytes));
  return parseSkeleton(scanner.finish());
}

/** The value with every `LongText` converted to a string. */
function plain(value: unknown): unknown {
  if (value instanceof LongText) return value.bytes.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

function refused(code: string, message: RegExp) {
  return (error: unknown) => error instanceof RunnerError && error.code === code && message.test(error.detail);
}

const LONG_ESCAPES = `\\n\\u0041\\ud83d\\ude00\\u20ac\\"\\\\/`.repeat(300);
const DOCUMENTS: Record<string, string> = {
  'nothing long': '{"a": [1, -2.5e3, true, null, "b"], "": {}}',
  'a long text': `{"stdin":"${'x'.repeat(LONG)}","n":1}`,
  'a long text of characters of several bytes': `["${'€😀'.repeat(LONG)}"]`,
  'a long text of escapes': `["${LONG_ESCAPES}","short"]`,
  'long texts beside short ones': `[${Array.from({ length: 20 }, (_, n) => `"${String(n).repeat(n * 300)}"`).join()}]`,
  'a long name': `{"${'k'.repeat(LONG)}":1,"__proto__":2}`,
  'a long text at the top': `"${'x'.repeat(LONG)}"`,
  'brackets, quotes and commas within texts': `["[[[[,,,,\\"]", "${'[,{"'.replaceAll('"', '\\"').repeat(LONG)}"]`,
};

describe('a scanned body equals what JSON.parse returns', () => {
  for (const [name, json] of Object.entries(DOCUMENTS)) {
    for (const chunkBytes of [1, 2, 7, 4096, 65_536]) {
      test(`${name}, in chunks of ${chunkBytes}`, async () => {
        assert.deepEqual(plain(await read(json, chunkBytes)), JSON.parse(json));
      });
    }
  }

  test('only long strings are taken out', async () => {
    const value = (await read(`["${'x'.repeat(LONG_TEXT_BYTES - 1)}","${'y'.repeat(LONG)}"]`, 100)) as unknown[];
    assert.equal(typeof value[0], 'string');
    assert.ok(value[1] instanceof LongText);
  });

  test('a lone surrogate is detected, a pair is one character', async () => {
    const texts = (await read(
      `["${'a'.repeat(LONG)}\\ud800","${'a'.repeat(LONG)}\\ud83d\\ude00","${'a'.repeat(LONG)}\\udc00b"]`,
    )) as LongText[];
    assert.deepEqual(
      texts.map(({ isWellFormed }) => isWellFormed),
      [false, true, false],
    );
  });

  test('base64 is decoded if the encoding says so, and invalid base64 is detected', async () => {
    const bytes = Buffer.alloc(3 * LONG, 7);
    const value = (await read(
      `[{"content":"${bytes.toString('base64')}","encoding":"base64"},{"content":"${'*'.repeat(4 * LONG)}","encoding":"base64"}]`,
    )) as { content: LongText }[];
    assert.deepEqual(value[0]?.content.decoded, bytes);
    assert.equal(value[1]?.content.decoded, undefined);
  });
});

describe('refused while the body arrives', () => {
  const cases: [name: string, body: string | Buffer, code: string, message: RegExp][] = [
    ['depth', `${'['.repeat(33)}`, 'payload_too_large', /more than 32 levels/],
    ['depth of objects', '{"a":'.repeat(33), 'payload_too_large', /more than 32 levels/],
    ['the number of values', `[${'{},'.repeat(100_000)}`, 'payload_too_large', /more than 100000 values/],
    ['the number of fields', `{${'"a":1,'.repeat(100_001)}`, 'payload_too_large', /more than 100000 values/],
    ['too much besides long texts', `[1,${' '.repeat(8 * 1024 ** 2)}`, 'payload_too_large', /8388608 bytes/],
    ['a control character in a text', '["a\nb"]', 'malformed_json', /control character/],
    ['an unknown escape', `["${'x'.repeat(LONG)}\\q"]`, 'malformed_json', /escape/],
    ['invalid hexadecimal digits', `["${'x'.repeat(LONG)}\\u00g0"]`, 'malformed_json', /escape/],
    ['the end inside a long text', `["${'x'.repeat(LONG)}`, 'malformed_json', /ends inside a string/],
    ['the end inside an escape', `["${'x'.repeat(LONG)}\\u00"]`, 'malformed_json', /inside an escape/],
    [
      'a long text that is not UTF-8',
      Buffer.concat([Buffer.from(`["${'x'.repeat(LONG)}`), Buffer.from([0xff]), Buffer.from('"]')]),
      'malformed_json',
      /UTF-8/,
    ],
    ['a short text that is not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'malformed_json', /UTF-8/],
  ];
  for (const [name, body, code, message] of cases) {
    test(name, () => assert.rejects(read(body, 1000), refused(code, message)));
  }
});

describe('the error for malformed JSON gives the position and never quotes the body', () => {
  const cases: [body: string, where: RegExp][] = [
    ['{"a": 1,}', /unexpected character at line 1, column 9\.$/],
    ['{\n  "a": 1\n  "b": 2\n}', /line 3, column 3/],
    ['[1, 2', /ends too early\.$/],
    ['', /ends too early/],
    ['{"a": SECRET}', /line 1, column 7\.$/],
    ['[01]', /line 1, column 2/],
    ['{"a":1} x', /line 1, column 9/],
    ["{'a':1}", /line 1, column 2/],
    ['[1,]', /line 1, column 4/],
    [`{"a":"${'x'.repeat(5000)}",\n"b":"${'x'.repeat(5000)}" 1}`, /line 2, column 5008\./],
  ];
  for (const [body, where] of cases) {
    test(JSON.stringify(body.length > 50 ? 'after long texts' : body), async () => {
      await assert.rejects(read(body), refused('malformed_json', where));
      await assert.rejects(read(body), (error) => !/SECRET/.test(String(error)));
    });
  }
});

describe('common mistakes in handwritten JSON are reported with what and where', () => {
  const cases: [body: string | Buffer, message: RegExp][] = [
    ['{"code": "print(1)\nprint(2)"}', /unescaped control character \(.*\\n\) at line 1, column 19\.$/],
    ['{\n "code": "a\tb"}', /control character .* at line 2, column 12\.$/],
    ['{"code": "\\d+"}', /unknown escape \(.*\\\\\) at line 1, column 11\.$/],
    ['{"code": "\\u00g0"}', /unknown escape .* at line 1, column 11\.$/],
    ['{"code": "print(1)}', /ends inside a string that starts at line 1, column 10\.$/],
    [Buffer.from('{\n"a": "\xe9"}', 'latin1'), /not valid UTF-8 at line 2, column 7\.$/],
    [Buffer.concat([Buffer.from('["é\ufffd'), Buffer.from([0xff]), Buffer.from('"]')]), /UTF-8 at line 1, column 5\.$/],
  ];
  for (const [body, message] of cases) {
    test(`${JSON.stringify(body.toString())}, small`, () =>
      assert.throws(() => parseJson(Buffer.from(body)), refused('malformed_json', message)));
    test(`${JSON.stringify(body.toString())}, scanned`, () =>
      assert.rejects(read(body), refused('malformed_json', message)));
  }

  const long = 'x'.repeat(LONG);
  const behindLongText: [what: string, body: string, message: RegExp][] = [
    ['a control character', `{\n"a":\n  "${long}\n"}`, /control character .* at line 3, column 4101\.$/],
    ['an unknown escape', `{\n"a":\n  "${long}\\d"}`, /unknown escape .* it starts at line 3, column 3\.$/],
    ['the end', `{\n"a":\n  "${long}`, /ends inside a string that starts at line 3, column 3\.$/],
  ];
  for (const [what, body, message] of behindLongText) {
    for (const chunkBytes of [1, 7, 65_536])
      test(`${what} in a long text, in chunks of ${chunkBytes}`, () =>
        assert.rejects(read(body, chunkBytes), refused('malformed_json', message)));
  }
});
