import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRunRequestSchema } from '../src/http/runs/run-schema.ts';
import { POLICY } from './fixtures.ts';

/** Which words may appear where, and how large files and functions may be. For import rules, see architecture.test.ts. */

const MAX_FILE_LINES = 250;
const MAX_FUNCTION_LINES = 40;

/** Files and functions that may be larger, each with its reason. One that is small enough must be removed from this list. */
const LARGE: Record<string, string> = {};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(join('src', file), 'utf8')]));

/** Files in which the pattern occurs outside comments, except in the allowed folders and files. */
function having(pattern: RegExp, allowed: RegExp): string[] {
  const code = (file: string) => (sources.get(file) ?? '').replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
  return files.filter((file) => !allowed.test(file) && pattern.test(code(file)));
}

test('the names of request fields appear only in http/ and in the documentation of variables', () => {
  // A field of the sandbox-init protocol has the same name as one of them.
  const names = Object.keys(
    createRunRequestSchema({ limits: POLICY, defaultRuntime: 'python', hasPrebuilds: true, isolation: 'cell' }).shape,
  );
  const wireNames = names.filter((name) => name.includes('_'));
  assert.ok(wireNames.length > 8, wireNames.join());
  assert.deepEqual(
    having(new RegExp(`\\b(${wireNames.join('|')})\\b`), /^http\/|^config\/table\.ts$|^init-protocol\/ending\.ts$/),
    [],
  );
});

test('HTTP statuses appear only in http/ and in the engine client; JSON pointers only in http/', () => {
  const status = /\b(status|statusCode)\b.{0,20}\b[2-5]\d\d\b/;
  assert.deepEqual(having(status, /^(http|engines\/docker\/api)\//), []);
  assert.deepEqual(having(/pointer/i, /^http\//), []);
});

test('every long file and function has a reason', () => {
  const longFiles = files.filter((file) => lineCount(sources.get(file) ?? '') > MAX_FILE_LINES);
  const longFunctions = files.flatMap((file) =>
    longFunctionsOf(sources.get(file) ?? '').map((name) => `${file} ${name}`),
  );
  assert.deepEqual([...longFiles, ...longFunctions].sort(), Object.keys(LARGE).sort());
});

test('long functions are found', () => {
  const body = '  work();\n'.repeat(MAX_FUNCTION_LINES);
  for (const head of [
    'export function long(a: string) {',
    'async function long<T>(\n  a: T,\n) {',
    'export const long = (a: string) => {',
    '  async long(a: string): Promise<void> {',
    '  static #long() {',
    '  get long() {',
  ]) {
    const indent = /^ */.exec(head)?.[0] ?? '';
    assert.deepEqual(
      longFunctionsOf(`${head}\n${body}${indent}}\n`).map((name) => name.replace('#', '')),
      ['long'],
      head,
    );
  }
  assert.deepEqual(longFunctionsOf('function short() {\n  work();\n}\n'), []);
});

function lineCount(source: string): number {
  return source.split('\n').length - 1;
}

const FUNCTION_HEAD =
  /^( *)(?:export )?(?:(?:async )?function\*? (\w+)|(?:const|let) (\w+) = .*=> \{$|(?:(?:static|async|get|set|\*) ?)*(#?\w+)(?:<.*>)?\((?:.*\{)?$)/;
const KEYWORDS = new Set(['if', 'for', 'while', 'switch', 'catch', 'return']);

/** Names of the functions over the limit. The formatter indents the end of a function like its beginning. */
function longFunctionsOf(source: string): string[] {
  const lines = source.split('\n');
  return lines.flatMap((line, index) => {
    const [, indent = '', ...names] = FUNCTION_HEAD.exec(line) ?? [];
    const name = names.find((found) => found !== undefined);
    if (name === undefined || KEYWORDS.has(name)) return [];
    const length = lines.slice(index).findIndex((end) => end.startsWith(`${indent}}`)) + 1;
    return length > MAX_FUNCTION_LINES ? [name] : [];
  });
}
