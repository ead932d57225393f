import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSpec, isReserved, parseSpec, prebuildSpec, prebuildTag, specTag } from '../../src/prebuilds/spec.ts';

test('a tag, with or without its prefix', () => {
  assert.equal(prebuildTag('my-scipy'), 'my-scipy');
  assert.equal(prebuildTag('prebuilt-my-scipy'), 'my-scipy');
  for (const bad of ['', 'prebuilt-', 'A', '-a', '.a', 'a b', 'a/b', 'a:b', 'a\n', 'ä', 'x'.repeat(64)]) {
    assert.equal(prebuildTag(bad), undefined, bad);
  }
});

test('equal specs have equal hashes, different specs have different hashes', () => {
  const specs = [
    prebuildSpec('python', '', []),
    prebuildSpec('node', '', []),
    prebuildSpec('python', 'a', []),
    prebuildSpec('python', 'a', ['b']),
    prebuildSpec('python', 'a', ['b', 'c']),
    prebuildSpec('python', 'a', ['b,c']),
    prebuildSpec('python', 'a"],["b', []),
  ];
  assert.equal(new Set(specs.map(hashSpec)).size, specs.length);
  assert.equal(hashSpec(prebuildSpec('python', '', ['b', 'a', 'b'])), hashSpec(prebuildSpec('python', '', ['a', 'b'])));
});

test('the tag of a spec is valid and reserved', () => {
  const tag = specTag(hashSpec(prebuildSpec('python', 'true', [])));
  assert.equal(prebuildTag(tag), tag);
  assert.ok(isReserved(tag));
});

test('a spec can be parsed from its JSON; anything else cannot', () => {
  const spec = prebuildSpec('python', 'echo "x"\n', ['a']);
  assert.deepEqual(parseSpec(JSON.stringify(spec)), spec);
  for (const bad of [
    '',
    '{}',
    'null',
    '[]',
    '{"base":1,"setupScript":"","packages":[]}',
    '{"base":"a","setupScript":"","packages":[1]}',
  ])
    assert.equal(parseSpec(bad), undefined, bad);
});
