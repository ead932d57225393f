import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('every file and folder of the tests that the README names is there', () => {
  const named = [...readFileSync('README.md', 'utf8').matchAll(/`((?:test|sandbox-init\/test)(?:\/[\w.-]+)*)`/g)];
  const paths = named.map(([, path = '']) => path);
  assert.ok(paths.includes('test/attacks'), paths.join());
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  );
});
