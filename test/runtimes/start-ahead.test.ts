import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Manifest, manifestSchema, type StartAheadRules } from '../../src/runtimes/manifest.ts';
import { needsOwnStart } from '../../src/runtimes/start-ahead.ts';
import { file } from '../fixtures.ts';

const RULES: StartAheadRules = { unless_files: ['settings.json', 'a/b'], unless_mentioned: ['uptime', 'größe'] };

const FILES: [path: string, content: string, needsOwn: boolean][] = [
  ['main.js', 'print()', false],
  ['main.js', '', false],
  ['settings.json', '', true],
  ['settings.json/x', '', true],
  ['settings.jsonc', '', false],
  ['lib/settings.json', '', false],
  ['a/b', '', true],
  ['a/bc', '', false],
  ['main.js', 'process.uptime()', true],
  ['data/x.txt', 'x uptime', true],
  ['main.js', 'Uptime', false],
  ['main.js', 'die größe', true],
  ['main.js', '\0uptime\0', true],
  ['main.js', 'x'.repeat(1024 * 1024), false],
  ['main.js', 'x'.repeat(1024 * 1024 + 1), true],
];

for (const [path, content, needsOwn] of FILES) {
  test(`${path} with ${JSON.stringify(content.slice(0, 20))} ${needsOwn ? 'needs its own start' : 'can use another'}`, () => {
    assert.equal(needsOwnStart([file('other', ''), file(path, content)], RULES), needsOwn);
  });
}

test('every file is searched', () => {
  assert.equal(needsOwnStart([file('a', 'uptime'), file('b', '')], RULES), true);
  assert.equal(needsOwnStart([file('a', ''), file('b', 'uptime')], RULES), true);
});

test('a program of any size can be started ahead where nothing is searched', () => {
  const large = [file('main.py', 'uptime'.repeat(1024 * 1024))];
  assert.equal(needsOwnStart(large, { unless_files: [], unless_mentioned: [] }), false);
});

test('the files that the bundled runtimes add to every program do not keep it from being started ahead', () => {
  const runtimes = readdirSync('runtimes').filter((name) => name !== 'base');
  let searched = 0;
  for (const runtime of runtimes) {
    const manifest: Manifest = manifestSchema.parse(
      JSON.parse(readFileSync(`runtimes/${runtime}/runtime.json`, 'utf8')),
    );
    const { start_ahead: rules, workspace_files: names } = manifest;
    if (rules === undefined) continue;
    const files = names.map((name) => file(name, readFileSync(`runtimes/${runtime}/${name}`, 'utf8')));
    assert.equal(needsOwnStart(files, rules), false, runtime);
    searched += 1;
  }
  assert.equal(searched, 4);
});
