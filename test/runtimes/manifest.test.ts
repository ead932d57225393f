import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestSchema } from '../../src/runtimes/manifest.ts';
import { MANIFEST } from '../fixtures.ts';

test('a complete manifest', () => {
  const lists = { aliases: [], main_files: [], build_after: [], errors: { compile: [], run: [] }, imports: [] };
  assert.deepEqual(manifestSchema.parse(MANIFEST), { ...MANIFEST, ...lists, fork_server: false });
});

test('optional fields', () => {
  const { workspace_files, ...rest } = MANIFEST;
  assert.deepEqual(workspace_files, ['sdk.py']);
  assert.deepEqual(manifestSchema.parse(rest).workspace_files, []);
});

test('the artefact of a compile phase is a file in a writable folder', () => {
  const parse = (artefact: string) => manifestSchema.parse({ ...MANIFEST, compile: ['/build'], artefact }).artefact;
  assert.deepEqual(parse('/tmp/.code-runner/main'), { root: '/tmp', path: '.code-runner/main' });
  assert.deepEqual(parse('/workspace/main'), { root: '/workspace', path: 'main' });
});

/** Changes that each make a manifest invalid; `undefined` leaves the field out. */
const REFUSED: Record<string, unknown>[] = [
  { name: '' },
  { name: undefined },
  { description: undefined },
  { version: 3 },
  { main_file: '' },
  { main_file: '/main.py' },
  { main_file: '../main.py' },
  { main_file: './main.py' },
  { main_file: 'a//b' },
  { file_extension: 'py' },
  { default_entrypoint: '' },
  { compile: [] },
  { compile: ['sh', 'x.sh'] },
  { run: ['python3'] },
  { compile: 'make' },
  { artefact: '' },
  { artefact: 'main' },
  { compile: undefined },
  { run: [] },
  { run: [''] },
  { run: 'python3 main.py' },
  { environment: { '1X': 'y' } },
  { environment: { 'A=B': 'y' } },
  { environment: { PATH: 1 } },
  { workspace_files: ['../sdk.py'] },
  { sample: undefined },
  { sample: { file: '/etc/passwd', stdout: '' } },
  { sample: { file: 'hello.py' } },
  { sample: { file: 'hello.py', stdout: '', extra: 1 } },
  { aliases: ['Python3'] },
  { aliases: [''] },
  { aliases: 'py' },
  { aliases: [{ name: 'ts' }] },
  { main_files: ['../up.py'] },
  { main_files: [{ file: '*.py', contains: '(' }] },
  { main_files: [{ file: '*.py', run: ['python3'] }] },
  { main_files: [{ named_in: 'package.json', field: [] }] },
  { check: {} },
  { check: { command: ['gofmt'], problems: [{ report: '^', pick: 'first', type: 'Error' }] } },
  { check: { command: ['/gofmt'], problems: [] } },
  { check: { script: '../x.py', command: ['/py'], problems: [{ report: '^', pick: 'first', type: 'Error' }] } },
  { imports: [{ pattern: '(', candidates: ['{path}'] }] },
  { imports: [{ pattern: '^', candidates: [] }] },
  { imports: [{ pattern: '^', candidates: ['{path}'], module: { file: '/go.mod', pattern: '^', default: 'main' } }] },
  { errors: [] },
  { errors: { link: [] } },
  { errors: { run: [{ pick: 'last', type: 'Error' }] } },
  { errors: { run: [{ report: '(', pick: 'last', type: 'Error' }] } },
  { errors: { run: [{ report: '^', pick: 'every', type: 'Error' }] } },
  { errors: { run: [{ report: '^', pick: 'last', type: '' }] } },
  { errors: { run: [{ report: '^', pick: 'last', type: 'Error', stack: '^' }] } },
  { main_files: [{ file: 'a', other: 1 }] },
  { source_extensions: ['py'] },
  { source_extensions: [] },
  { unknown_field: 1 },
  { artefact: '/tmp/main' },
  ...[
    'main',
    '/main',
    '/etc/main',
    '/tmp',
    '/tmp/',
    '/tmp/../main',
    '/tmp/a/../main',
    '/tmp//main',
    '/tmp/*',
    '/tmp/[m]',
    '/tmp/m?',
    '/tmpmain',
    1,
  ].map((artefact) => ({ compile: ['/build'], artefact })),
];

for (const changes of REFUSED) {
  test(`refused: ${JSON.stringify(changes)} ${Object.values(changes).includes(undefined) ? '(left out)' : ''}`, () => {
    assert.equal(manifestSchema.safeParse({ ...MANIFEST, ...changes }).success, false);
  });
}

test('only an interpreter that can be started ahead can be a fork server', () => {
  const accepts = (changes: object) => manifestSchema.safeParse({ ...MANIFEST, fork_server: true, ...changes }).success;
  assert.ok(accepts({ start_ahead: {}, compile: null }));
  assert.ok(!accepts({}));
});

test('only an interpreted main file outside folders can be started ahead', () => {
  const accepts = (changes: object) => manifestSchema.safeParse({ ...MANIFEST, start_ahead: {}, ...changes }).success;
  assert.equal(accepts({}), true);
  assert.equal(accepts({ compile: ['/build'] }), false);
  assert.equal(accepts({ main_file: 'src/main.py' }), false);
});
