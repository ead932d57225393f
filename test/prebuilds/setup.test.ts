import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSetup } from '../../src/prebuilds/setup.ts';
import { prebuildSpec } from '../../src/prebuilds/spec.ts';
import { runtime } from '../fixtures.ts';

const NETWORK = { proxies: {}, certificates: Buffer.alloc(0) };
const { manifest } = runtime('python', {
  environment: { PATH: '/usr/bin', LANG: 'C.UTF-8', ONLY_AT_RUN_TIME: '1' },
  prebuild: {
    environment: { TOOL: 'x' },
    prepare: ['/bin/prepare'],
    packages: { install: ['/bin/install', '--'], finish: ['/bin/finish'], pattern: '.*' },
  },
});

test('a script is staged as a file and stops at the first command that fails', () => {
  const { files, commands } = planSetup(prebuildSpec('python', 'echo 1\n', []), manifest, NETWORK);
  assert.deepEqual(
    files.map(({ path, content }) => [path, Buffer.from(content).toString()]),
    [['.code-runner/setup', 'echo 1\n']],
  );
  assert.deepEqual(commands, [['/bin/prepare'], ['/bin/sh', '-e', '/workspace/.code-runner/setup']]);
});

test('a script may name its own interpreter', () => {
  const { commands } = planSetup(prebuildSpec('python', '#!/usr/bin/python3\nprint(1)', []), manifest, NETWORK);
  assert.deepEqual(commands.at(-1), ['/workspace/.code-runner/setup']);
});

test('packages are installed after the script, as arguments', () => {
  const { commands } = planSetup(prebuildSpec('python', 'true', ['b', 'a']), manifest, NETWORK);
  assert.deepEqual(commands.slice(2), [['/bin/install', '--', 'a', 'b'], ['/bin/finish']]);
});

test('the environment has proxies and certificates if the operator configured them', () => {
  const plain = planSetup(prebuildSpec('python', 'true', []), manifest, NETWORK);
  assert.deepEqual(plain.environment, {
    PATH: '/usr/bin',
    LANG: 'C.UTF-8',
    HOME: '/tmp',
    DEBIAN_FRONTEND: 'noninteractive',
    TOOL: 'x',
  });
  const proxied = planSetup(prebuildSpec('python', 'true', []), manifest, {
    proxies: { HTTP_PROXY: 'http://p' },
    certificates: Buffer.from('PEM'),
  });
  assert.equal(proxied.environment['HTTP_PROXY'], 'http://p');
  assert.equal(proxied.environment['PIP_CERT'], '/workspace/.code-runner/ca-certificates.crt');
  assert.equal(proxied.files.at(-1)?.path, '.code-runner/ca-certificates.crt');
});
