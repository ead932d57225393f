import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inlineDependencies, readInlineMetadata, readRequirements } from '../../src/prebuilds/inline-dependencies.ts';
import { loadRuntime } from '../../src/runtimes/registry.ts';
import { file, runRequest, runtime } from '../fixtures.ts';

const python = loadRuntime('runtimes', 'python');

function block(...lines: string[]): string {
  return ['import x', '# /// script', ...lines.map((line) => `# ${line}`.trimEnd()), '# ///', 'print(1)'].join('\n');
}

test('the example of PEP 723', () => {
  const code = block('requires-python = ">=3.11"', 'dependencies = [', '  "requests<3",', '  "rich",', ']');
  assert.deepEqual(readInlineMetadata(code), ['requests<3', 'rich']);
});

test('other valid TOML', () => {
  assert.deepEqual(readInlineMetadata(block('dependencies = []')), []);
  assert.deepEqual(readInlineMetadata(block('dependencies = [\'a >= 1\', "b"] # two')), ['a>=1', 'b']);
  assert.deepEqual(readInlineMetadata(block('dependencies = [ # first', '"a", # why', '"b[c]"', ']')), ['a', 'b[c]']);
  assert.deepEqual(readInlineMetadata(block('requires-python = "3"', '[tool.x]', 'dependencies = ["no"]')), []);
});

test('no block, no packages', () => {
  for (const code of ['', 'print(1)', '# /// script', '# /// script\nprint(1)', '#/// script\n# ///']) {
    assert.deepEqual(readInlineMetadata(code), []);
  }
});

test('unsupported TOML is refused', () => {
  for (const line of [
    'dependencies = ["a"',
    'dependencies = [a]',
    'dependencies = ["a\\"b"]',
    'dependencies = [["a"]]',
  ]) {
    assert.throws(() => readInlineMetadata(block(line)), /INLINE_DEPENDENCIES/, line);
  }
});

test('a requirements file of names and versions', () => {
  assert.deepEqual(readRequirements('numpy == 2.1 # fast\n\n# nothing\nrich\r\n'), ['numpy==2.1', 'rich']);
  for (const line of ['-r other.txt', '--index-url http://evil', 'a; python_version < "3"', 'a \\\n==1']) {
    assert.throws(() => readRequirements(line), /INLINE_DEPENDENCIES/, line);
  }
});

test('a run can list packages in its main file or in requirements.txt; other runtimes ignore them', () => {
  const code = block('dependencies = ["rich"]');
  assert.deepEqual(inlineDependencies(runRequest({ code }), python), ['rich']);
  assert.deepEqual(inlineDependencies(runRequest({ code: undefined, files: [file('main.py', code)] }), python), [
    'rich',
  ]);
  const sent = runRequest({ code, files: [file('requirements.txt', 'numpy\n')] });
  assert.deepEqual(inlineDependencies(sent, python), ['numpy', 'rich']);
  assert.deepEqual(inlineDependencies(sent, runtime()), []);
});
