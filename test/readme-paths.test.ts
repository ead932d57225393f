import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('every test file and folder that README names exists', () => {
  const named = [...readFileSync('README.md', 'utf8').matchAll(/`((?:test|sandbox-init\/test)(?:\/[\w.-]+)*)`/g)];
  const paths = named.map(([, path = '']) => path);
  assert.ok(paths.includes('test/attacks'), paths.join());
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  );
});

test('every path in "Where to find things" exists', () => {
  const [, section = ''] = readFileSync('README.md', 'utf8').split(/^## Where to find things$(.*?)^## /ms);
  const paths = [...section.matchAll(/`([\w-]+\/[\w./-]+)`|\]\(([\w./-]+)\)/g)].map(
    ([, code, link]) => code ?? link ?? '',
  );
  assert.ok(paths.length > 20, paths.join());
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  );
});
