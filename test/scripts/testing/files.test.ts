import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { findTestFiles, groupOf, needsOf, toTestFiles } from '../../../scripts/testing/files.ts';

const MARKED = '// @shared-engine: measures nothing.\nimport assert from "node:assert";\n';

test('a file without a mark runs alone if it needs the engine', () => {
  assert.equal(groupOf('test/core/size.test.ts', ''), 'unit');
  assert.equal(groupOf('test/e2e/pool.test.ts', ''), 'alone');
  assert.equal(groupOf('test/attacks/bombs.test.ts', MARKED), 'shared');
  assert.equal(groupOf('sandbox-init/test/exec.test.ts', MARKED), 'shared');
  assert.equal(groupOf('test/e2e/pool.test.ts', 'const text = "// @shared-engine";'), 'alone');
});

test('a file that is marked for both isolations is run in each, under a title of its own', () => {
  const both = toTestFiles('test/attacks/bombs.test.ts', `// @both-isolations\n${MARKED}`);
  assert.deepEqual(
    both.map(({ title, isolation, group }) => [title, isolation, group]),
    [
      ['test/attacks/bombs.test.ts', 'containers', 'shared'],
      ['test/attacks/bombs.test.ts in cells', 'cells', 'shared'],
    ],
  );
  assert.equal(toTestFiles('test/attacks/bombs.test.ts', MARKED).length, 1);
});

test('a file that is marked for cells is run in them only', () => {
  const isolations = (source: string) =>
    toTestFiles('test/e2e/request.test.ts', source).map(({ isolation }) => isolation);
  assert.deepEqual(isolations(`// @cells\n${MARKED}`), ['cells']);
  assert.deepEqual(isolations(MARKED), ['containers']);
});

test('only what a filter needs is prepared', () => {
  const needs = (...words: string[]) => needsOf(findTestFiles('.', words));
  assert.equal(needs('core/size'), 'nothing');
  assert.equal(needs('sandbox-init/test/exec'), 'engine');
  assert.equal(needs('core/size', 'e2e/status'), 'images');
  assert.equal(needs(), 'images');
});

test('every test file is found once, whatever its group', () => {
  const files = findTestFiles('.', []);
  assert.equal(new Set(files.map(({ title }) => title)).size, files.length);
  const paths = new Set(files.map(({ path }) => path));
  for (const path of [
    'test/scripts/testing/files.test.ts',
    'test/e2e/status.test.ts',
    'sandbox-init/test/exec.test.ts',
  ])
    assert.ok(paths.has(path), path);
});

test('a unit test imports nothing that talks to the engine', () => {
  const users = findTestFiles('.', [])
    .filter(({ group }) => group === 'unit')
    .flatMap(({ path }) =>
      [...readFileSync(path, 'utf8').matchAll(/^import[^;]*?from '(\.[^']+)';/gm)].map(
        ([, to = '']) => `${path} -> ${normalize(join(dirname(path), to))}`,
      ),
    );
  assert.ok(
    users.some((each) => each === 'test/core/size.test.ts -> src/core/size.ts'),
    'the imports were found',
  );
  assert.deepEqual(
    users.filter((each) => / -> (test\/(e2e|attacks)|sandbox-init\/test)\//.test(each)),
    [],
  );
});
