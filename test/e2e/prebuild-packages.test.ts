// @shared-engine first: it takes long. What it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { build, built, removePrebuildsOf, startWithPrebuilds } from './prebuilds.ts';
import type { Service } from './service.ts';

const SEED = Date.now().toString(36);
const tag = (name: string) => `packages-${name}-${SEED}`;

describe('packages from the network', () => {
  let service: Service;
  before(async () => {
    service = await startWithPrebuilds({ RUNTIMES: 'python,node,bun,deno', INLINE_DEPENDENCIES: 'true' });
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
    await removePrebuildsOf(service);
  });

  test('a Debian package for Python, without traces of the download', async () => {
    const script = 'apt-get update -qq\napt-get install -qqy --no-install-recommends python3-simplejson figlet';
    await built(service, { tag: tag('apt'), setup_script: script });
    const code = [
      'import simplejson, subprocess, glob',
      'print(simplejson.dumps([1]), len(subprocess.run(["figlet", "x"], capture_output=True).stdout) > 10)',
      'print(glob.glob("/var/cache/apt/archives/*.deb"))',
    ].join('\n');
    assert.equal((await service.run({ image: tag('apt'), code })).stdout, '[1] True\n[]\n');
  });

  test('an npm package for Node.js, installed by a script, works with import and require', async () => {
    await built(service, { tag: tag('npm'), base_image: 'node', setup_script: 'npm install ms@2' });
    const imported = await service.run({ image: tag('npm'), code: 'import ms from "ms"; console.log(ms(60000))' });
    assert.equal(imported.stdout, '1m\n');
    const required = await service.run({ image: tag('npm'), code: 'console.log(require("ms")(1000))' });
    assert.equal(required.stdout, '1s\n');
  });

  for (const [image, names, code] of [
    ['node', ['is-odd@3', 'ms'], 'import odd from "is-odd"; import ms from "ms"; console.log(odd(3), ms(1000))'],
    ['bun', ['is-odd@3', 'ms'], 'import odd from "is-odd"; import ms from "ms"; console.log(odd(3), ms(1000))'],
    [
      'deno',
      ['npm:is-odd@3', 'npm:ms'],
      'import odd from "is-odd"; import ms from "npm:ms"; console.log(odd(3), ms(1000))',
    ],
  ] as const) {
    test(`packages of a run: ${image}`, async () => {
      const first = await service.run({ image, packages: names, code });
      assert.deepEqual([first.stdout, first.stderr], ['true 1s\n', '']);
      const again = await service.run({ image, packages: [...names].reverse(), code });
      assert.equal(again.stdout, 'true 1s\n');
      assert.equal(
        await service.metric(`code_runner_prebuild_builds_total{base="${image}",status="ready"}`),
        image === 'node' ? 2 : 1,
      );
    });
  }

  test('invalid packages are refused before anything is built', async () => {
    for (const name of ['--help', 'a b', '../x', 'http://evil/x.tgz', '$(id)']) {
      const problem = await service.refusal({ image: 'node', packages: ['ms', name], code: '1' });
      assert.deepEqual([problem.status, problem.code], [422, 'invalid_request']);
    }
  });
});

describe('installers without a network: up to the request that they send', () => {
  let service: Service;
  before(async () => {
    service = await startWithPrebuilds({
      RUNTIMES: 'python,go,rust',
      PREBUILD_NETWORK: 'none',
      PREBUILD_TIMEOUT: '60',
      INLINE_DEPENDENCIES: 'true',
    });
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
    await removePrebuildsOf(service);
  });

  for (const [base, name, detail] of [
    ['python', 'some-package==1.0', /No matching distribution found for some-package==1\.0/],
    ['go', 'github.com/google/uuid@v1.6.0', /github\.com\/google\/uuid@v1\.6\.0/],
    ['rust', 'itoa@1', /index\.crates\.io|itoa/],
  ] as const) {
    test(`${base}: ${name}`, async () => {
      const answer = await build(service, { tag: tag(base), base_image: base, packages: [name] });
      assert.deepEqual([answer.status, answer.body.code], [400, 'build_failed']);
      assert.match(answer.body.detail, detail);
    });
  }

  test('inline metadata and requirements.txt install the same', async () => {
    const code = '# /// script\n# dependencies = ["inline-package"]\n# ///\nprint(1)\n';
    const inline = await service.refusal({ code });
    assert.match(inline.detail, /No matching distribution found for inline-package/);
    const sent = await service.refusal({ code: 'print(1)', files: { 'requirements.txt': 'sent-package >= 2\n' } });
    assert.match(sent.detail, /No matching distribution found for sent-package>=2/);
  });
});
