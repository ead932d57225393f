import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison } from '../../src/core/request.ts';
import { agrees } from '../../src/judging/comparison.ts';
import { MEBIBYTE, seededRandom } from '../fixtures.ts';

const LINES: Comparison = { kind: 'lines' };
const EXACT: Comparison = { kind: 'exact' };
const TOKENS: Comparison = { kind: 'tokens' };

function float(epsilon: number): Comparison {
  return { kind: 'float', epsilon };
}

/** Expected output, output, and whether they agree. */
type Case = readonly [expected: string, output: string, agree: boolean];

function table(name: string, comparison: Comparison, cases: readonly Case[]): void {
  test(name, async () => {
    for (const [expected, output, agree] of cases) {
      const shown = JSON.stringify([expected, output]);
      assert.equal(await agrees(comparison, Buffer.from(expected), Buffer.from(output)), agree, shown);
    }
  });
}

table('lines: white space at the end of lines and of the output does not matter, any other does', LINES, [
  ['', '', true],
  ['', ' \n\t\n', true],
  ['a\nb\n', 'a\nb', true],
  ['a\nb', 'a \t\nb\r\n\n\n', true],
  ['a\r\nb\r\n', 'a\nb\n', true],
  ['a b', 'a b', true],
  ['a\n\nb', 'a\n  \nb', true],
  ['a\n\nb', 'a\nb', false],
  ['\na', 'a', false],
  ['a  b', 'a b', false],
  ['a\tb', 'a b', false],
  [' a', 'a', false],
  ['a b', 'a\nb', false],
  ['a', 'a b', false],
  ['a b', 'a', false],
  ['a', '', false],
  ['', 'a', false],
  ['ab', 'a', false],
  ['a\n', 'a\nb', false],
  ['ü', 'u', false],
]);

table('exact: every byte matters', EXACT, [
  ['', '', true],
  ['a\n', 'a\n', true],
  ['a\n', 'a', false],
  ['a', 'a\r', false],
  ['', '\n', false],
]);

table('tokens: only what stands between white space matters', TOKENS, [
  ['', ' \n', true],
  ['1 2 3', '1\n2\v\f\r\t3\n', true],
  [' 1 2', '1 2', true],
  ['1 2', '12', false],
  ['12', '1 2', false],
  ['1 2', '1 2 3', false],
  ['1 2 3', '1 2', false],
  ['1.0', '1', false],
  ['1\u00a02', '1 2', false],
]);

table('float: numbers within epsilon, absolutely below 1 and relatively above', float(1e-6), [
  ['1.0', '1', true],
  ['0.000001', '0', true],
  ['0.0000021', '0', false],
  ['1000000', '1000000.9', true],
  ['1000000', '1000001.1', false],
  ['-3.5e2 x', '-350.0 x', true],
  ['1 2 3', '1.0000001\n2 2.9999999', true],
  ['1 2 3', '1 2', false],
  ['0', '-0', true],
  ['+.5', '0.5', true],
  ['5.', '5', true],
  ['1e-400', '0', true],
]);

table('float: what is no decimal number is compared as bytes', float(0.5), [
  ['nan', 'nan', true],
  ['NaN', 'nan', false],
  ['nan', '1', false],
  ['1', 'nan', false],
  ['inf', 'inf', true],
  ['inf', '1e999999', false],
  ['1e400', '1e401', false],
  ['Infinity', '-Infinity', false],
  ['1', '1e999999', false],
  ['16', '0x10', false],
  ['1', '1e', false],
  ['1', '1e+', false],
  ['1', '1_0', false],
  ['1', '--1', false],
  ['0', '-', false],
  ['0', '.', false],
  ['0', 'e5', false],
  ['1', '1x', false],
  ['yes 1.2', 'yes 1.3', true],
  ['yes 1.2', 'no 1.2', false],
]);

table('float: the epsilon is forgiven its last binary digit; 0 asks for the same number', float(0.1), [
  ['0.3', '0.4', true],
  ['0.3', '0.41', false],
]);
table('float with 0', float(0), [
  ['1.50', '1.5', true],
  ['1.5', '1.5000001', false],
]);

test('bytes that are not UTF-8 are compared as bytes', async () => {
  const odd = Buffer.from([0xff, 0x0a, 0xc3]);
  for (const comparison of [LINES, EXACT, TOKENS, float(1)]) {
    assert.ok(await agrees(comparison, odd, Buffer.from(odd)));
    assert.ok(!(await agrees(comparison, odd, Buffer.from([0xfe, 0x0a, 0xc3]))));
  }
});

/** A slow and obvious implementation: split, trim, compare. */
const REFERENCE: Record<'lines' | 'tokens', (text: string) => string[]> = {
  lines: (text) =>
    text
      .replace(/[ \t-\r]+$/, '')
      .split('\n')
      .map((line) => line.replace(/[ \t\v\f\r]+$/, '')),
  tokens: (text) => text.split(/[ \t-\r]+/).filter((token) => token !== ''),
};

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function referenceFloat(expected: string, output: string, epsilon: number): boolean {
  const wanted = REFERENCE.tokens(expected);
  const got = REFERENCE.tokens(output);
  return wanted.length === got.length && wanted.every((token, index) => alike(token, got[index] ?? '', epsilon));
}

function alike(wanted: string, got: string, epsilon: number): boolean {
  if (wanted === got) return true;
  if (!DECIMAL.test(wanted) || !DECIMAL.test(got)) return false;
  return Math.abs(Number(wanted) - Number(got)) <= epsilon * Math.max(1, Math.abs(Number(wanted))) + 1e-15;
}

/** Short texts of few characters, so that many pairs agree or almost agree. */
function* pairs(alphabet: string, count: number): Generator<[string, string]> {
  const random = seededRandom(7);
  const pick = () => alphabet[Math.floor(random() * alphabet.length)] ?? '';
  const text = () => Array.from({ length: Math.floor(random() * 9) }, pick).join('');
  for (let made = 0; made < count; made += 1) {
    const expected = text();
    const at = Math.floor(random() * (expected.length + 1));
    const near = expected.slice(0, at) + pick() + expected.slice(random() < 0.5 ? at : at + 1);
    yield [expected, random() < 0.3 ? text() : near];
  }
}

test('agrees with the slow implementation on 200,000 pairs', async () => {
  let agreed = 0;
  const check = async (comparison: Comparison, [expected, output]: [string, string], wanted: boolean) => {
    const got = await agrees(comparison, Buffer.from(expected, 'latin1'), Buffer.from(output, 'latin1'));
    assert.equal(got, wanted, JSON.stringify([comparison, expected, output]));
    if (got) agreed += 1;
  };
  for (const pair of pairs('aab \n\t\r\xff', 70_000)) {
    for (const kind of ['lines', 'tokens'] as const) {
      const same = JSON.stringify(REFERENCE[kind](pair[0])) === JSON.stringify(REFERENCE[kind](pair[1]));
      await check({ kind }, pair, same);
    }
  }
  for (const pair of pairs('0159.+-eE \n', 60_000)) {
    for (const epsilon of [0, 0.01, 1]) await check(float(epsilon), pair, referenceFloat(...pair, epsilon));
  }
  assert.ok(agreed > 20_000, `only ${agreed} agreed`);
});

const HOSTILE: Record<string, [expected: Buffer, output: Buffer]> = {
  'one number of a mebibyte': [
    Buffer.alloc(MEBIBYTE, '1'),
    Buffer.concat([Buffer.alloc(MEBIBYTE, '1'), Buffer.from('.0')]),
  ],
  'a mebibyte of digits that ends in a letter': [Buffer.from('1'), Buffer.alloc(MEBIBYTE, '1').fill('x', MEBIBYTE - 1)],
  'zeros in front and behind the point': [
    Buffer.from('1'),
    Buffer.from(`${'0'.repeat(MEBIBYTE)}1.${'0'.repeat(MEBIBYTE)}`),
  ],
  'a mebibyte of exponent': [Buffer.from('1'), Buffer.from(`1e${'9'.repeat(MEBIBYTE)}`)],
  'a mebibyte of spaces': [Buffer.from('1'), Buffer.from(`1${' '.repeat(MEBIBYTE)}x`)],
  'spaces at the end': [Buffer.from('1'), Buffer.from(`1${' '.repeat(MEBIBYTE)}`)],
  'blanks before every newline': [
    Buffer.from(`${'\n'.repeat(1000)}x`),
    Buffer.from(`${' '.repeat(1000)}\n`.repeat(1000)),
  ],
  'newlines alone': [
    Buffer.alloc(MEBIBYTE, '\n').fill('x', MEBIBYTE - 1),
    Buffer.alloc(MEBIBYTE, '\n').fill('y', MEBIBYTE - 1),
  ],
  'tokens of one byte': [Buffer.alloc(MEBIBYTE, '1 '), Buffer.alloc(MEBIBYTE, '1\n')],
  'numbers that are the same only as numbers': [
    Buffer.from('1 '.repeat(MEBIBYTE / 4)),
    Buffer.from('1. '.repeat(MEBIBYTE / 4)),
  ],
  'numbers of many digits': [
    Buffer.from(`0.${'1'.repeat(780)} `.repeat(1300)),
    Buffer.from(`0.${'1'.repeat(780)}0 `.repeat(1300)),
  ],
  'no newline and no UTF-8': [Buffer.alloc(MEBIBYTE, 0xff), Buffer.alloc(MEBIBYTE, 0xff).fill(0xfe, MEBIBYTE - 1)],
};

for (const [what, [expected, output]] of Object.entries(HOSTILE)) {
  test(`hostile output takes linear time: ${what}`, async () => {
    for (const comparison of [LINES, TOKENS, EXACT, float(1e-9)]) {
      const ms = await processorMs(() => agrees(comparison, expected, output));
      assert.ok(ms < 400, `${JSON.stringify(comparison)} took ${ms} ms`);
    }
  });
}

/** The CPU time of some work, which other load on the machine does not increase. */
async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test('eight times the length takes about eight times as long, not sixty-four times', async () => {
  const cost = async (mebibytes: number) => {
    const digits = Buffer.alloc(mebibytes * MEBIBYTE, '1').fill('x', mebibytes * MEBIBYTE - 1);
    const compare = async () => {
      for (const comparison of [LINES, TOKENS, float(0)]) await agrees(comparison, Buffer.from('1'.repeat(50)), digits);
    };
    return Math.min(await processorMs(compare), await processorMs(compare), await processorMs(compare));
  };
  assert.ok((await cost(8)) < 24 * (await cost(1)) + 20);
});

test('the event loop gets turns while many megabytes are compared, and nothing at a pause is missed', async () => {
  const bytes = 4 * MEBIBYTE;
  const [expected, output] = [Buffer.alloc(2 * bytes, '1 '), Buffer.alloc(3 * bytes, '1. ')];
  const lines = Buffer.alloc(bytes, 'ab \n');
  const others = Buffer.from(lines.toString().replaceAll(' \n', '\r\n\t\n').replaceAll('\n\t\n', '\n'));
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  assert.ok(await agrees(float(0), expected, output));
  output[3 * bytes - 3] = 0x32;
  assert.ok(!(await agrees(float(0), expected, output)));
  assert.ok(await agrees(LINES, lines, others));
  others[others.length - 4] = 0x63;
  assert.ok(!(await agrees(LINES, lines, others)));
  isOver = true;
  assert.ok(turns > 60, `${turns} turns`);
});
