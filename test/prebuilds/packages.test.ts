import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunnerError } from '../../src/core/errors.ts';
import { checkPackages } from '../../src/prebuilds/packages.ts';
import { planSetup } from '../../src/prebuilds/setup.ts';
import { prebuildSpec } from '../../src/prebuilds/spec.ts';
import { loadRuntime } from '../../src/runtimes/registry.ts';
import { runtime } from '../fixtures.ts';

const NO_NETWORK = { proxies: {}, certificates: Buffer.alloc(0) };

/** For each runtime: packages that it accepts, and the resulting command. */
const TAKEN: Record<string, [packages: string[], command: string]> = {
  python: [
    ['numpy', 'numpy==2.1', 'requests[socks]>=2,<3', 'zope.interface~=6.0', 'A_b-c'],
    '/usr/bin/python3 -m pip install --no-cache-dir -- A_b-c numpy numpy==2.1 requests[socks]>=2,<3 zope.interface~=6.0',
  ],
  node: [
    ['lodash', '@types/node@22', 'ms@^2.1.0', 'left-pad@latest'],
    '/usr/local/bin/npm install --prefix / -- @types/node@22 left-pad@latest lodash ms@^2.1.0',
  ],
  bun: [['ms@2'], '/usr/local/bin/bun add --cwd / ms@2'],
  deno: [['npm:ms@2', 'jsr:@std/assert'], '/usr/local/bin/deno add --node-modules-dir=auto jsr:@std/assert npm:ms@2'],
  go: [
    ['github.com/google/uuid@v1.6.0', 'rsc.io/quote'],
    '/usr/lib/go-1.27/bin/go -C /opt/code-runner get -- github.com/google/uuid@v1.6.0 rsc.io/quote',
  ],
  rust: [
    ['serde@1', 'itoa'],
    '/usr/bin/cargo add --manifest-path /opt/code-runner/packages/Cargo.toml -- itoa serde@1',
  ],
};

/** Not a package for any runtime: options, addresses, paths, and characters that are special to a shell. */
const NEVER = [
  '',
  '-r',
  '--index-url=http://evil',
  '-e.',
  'a b',
  'a;b',
  'a&b',
  'a|b',
  'a$b',
  'a`b`',
  'a$(b)',
  "a'b",
  'a"b',
  'a\\b',
  'a\nb',
  'a\0b',
  'a#b',
  'a(b)',
  'a{b}',
  '.',
  './a',
  '../a',
  '/etc/passwd',
  '~/a',
  'a@file:../b',
  'a@../b',
  'a@./b',
  'file:///a',
  'http://evil/a',
  'git+https://evil/a',
  'a@https://evil/a',
  'github:a/b',
  'ä',
  'x'.repeat(201),
];

for (const [id, [packages, command]] of Object.entries(TAKEN)) {
  const own = loadRuntime('runtimes', id);

  describe(`packages for ${id}`, () => {
    test('valid ones', () => {
      assert.deepEqual(checkPackages(packages, own), packages);
      const { commands } = planSetup(prebuildSpec(id, '', packages), own.manifest, NO_NETWORK);
      assert.ok(
        commands.some((argv) => argv.join(' ') === command),
        JSON.stringify(commands),
      );
    });

    test('invalid ones, each reported by its index', () => {
      const files = id === 'go' ? [] : ['a.tgz', 'a.tar.gz'];
      for (const name of [...NEVER, ...files]) {
        assert.throws(
          () => checkPackages([packages[0] ?? '', name], own),
          (error) => error instanceof RunnerError && error.violations[0]?.field.join() === 'packages,1',
          JSON.stringify(name),
        );
      }
    });
  });
}

test('even a manifest with a pattern for anything does not accept parent paths, addresses, options or shell characters', () => {
  const lax = runtime('python', { prebuild: { packages: { install: ['/bin/install'], pattern: '[^]*' } } });
  for (const name of ['a/../b', 'a@../b', 'a//b', 'http://evil/a', '/etc/passwd', '-r', 'a;b', '$(a)'])
    assert.throws(() => checkPackages([name], lax), RunnerError, JSON.stringify(name));
  assert.deepEqual(checkPackages(['numpy'], lax), ['numpy']);
});

test('no package name makes a pattern slow', () => {
  const startedAt = performance.now();
  for (const id of Object.keys(TAKEN)) {
    const own = loadRuntime('runtimes', id);
    for (const piece of ['a', 'a.', 'a-', '<=1,', '@a/', 'a.a/', '=', '!=a']) {
      assert.throws(() => checkPackages([`${'a'}${piece.repeat(190 / piece.length)}!`], own));
    }
  }
  assert.ok(performance.now() - startedAt < 500);
});

test('a runtime without an installer accepts no packages, and no runtime accepts more than 100', () => {
  assert.throws(() => checkPackages(['numpy'], runtime()), /no package installer/);
  const python = loadRuntime('runtimes', 'python');
  assert.throws(() => checkPackages(Array(101).fill('a'), python), /at most 100/);
  assert.deepEqual(checkPackages([], runtime()), []);
});
