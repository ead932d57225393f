import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictingPath, safePath } from '../../src/core/path.ts';
import { path } from '../fixtures.ts';

const REFUSED: Record<string, string> = {
  empty: '',
  absolute: '/etc/passwd',
  'the parent': '..',
  'a parent in front': '../x',
  'a parent in the middle': 'a/../b',
  'a parent at the end': 'a/..',
  'a parent behind ./': './../a',
  NUL: 'a\0b',
  'NUL at the end': 'a\0',
  'the directory itself': '.',
  'only dots and slashes': './/.',
  'a directory': 'a/',
  'a segment of 256 bytes': 'x'.repeat(256),
  'a segment of 256 bytes in 128 characters': 'é'.repeat(128),
  'a long segment deep inside': `a/${'x'.repeat(256)}/b`,
  'a path of 4096 bytes': `${'ab/'.repeat(1365)}x`,
  'a lone surrogate': 'a\ud800b',
};

for (const [what, text] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => assert.equal(safePath(text), undefined));
}

test('accepted and normalised', () => {
  const names: [string, string][] = [
    ['main.py', 'main.py'],
    ['a/b/c.txt', 'a/b/c.txt'],
    ['./a//b', 'a/b'],
    ['a/./b', 'a/b'],
    ['...', '...'],
    ['..a', '..a'],
    ['a..', 'a..'],
    ['a..b/c', 'a..b/c'],
    ['.hidden', '.hidden'],
    ['with space', 'with space'],
    ['-rf', '-rf'],
    ['a\\..\\b', 'a\\..\\b'],
    ['__proto__', '__proto__'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['é'.repeat(127), 'é'.repeat(127)],
    ['日本/語', '日本/語'],
    [`${'ab/'.repeat(1364)}abc`, `${'ab/'.repeat(1364)}abc`],
  ];
  for (const [given, expected] of names) assert.equal(safePath(given), expected);
});

function conflict(...paths: string[]): string | undefined {
  return conflictingPath(paths.map(path));
}

test('paths that conflict', () => {
  assert.equal(conflict('a', 'b', 'a'), 'a');
  assert.equal(conflict('a', './a'), 'a');
  assert.equal(conflict('a', 'a/b'), 'a/b');
  assert.equal(conflict('a/b/c', 'a/b'), 'a/b/c');
  assert.equal(conflict('x/y/z', 'x'), 'x/y/z');
  assert.equal(conflict('a', 'a-b', 'a!', 'ab', 'a/c'), 'a/c');
});

test('paths that do not conflict', () => {
  assert.equal(conflict(), undefined);
  assert.equal(conflict('a', 'ab', 'b/a', 'b/c', 'a-/b'), undefined);
});
