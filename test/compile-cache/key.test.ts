import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompileInputs, compileKey } from '../../src/compile-cache/key.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { command, file, POLICY, path } from '../fixtures.ts';

const INPUTS: CompileInputs = {
  imageId: 'sha256:1',
  command: { ...command({ argv: ['/build', 'a'], environment: { A: '1', B: '2' } }), stdin: new Uint8Array() },
  artefact: { root: '/tmp', path: path('.code-runner/main') },
  limits: defaultLimits(POLICY),
  files: [file('main.go', 'package main'), file('lib/a.go', 'package lib')],
};

function keyWith(changes: Partial<CompileInputs>): string {
  return compileKey({ ...INPUTS, ...changes });
}

/** Inputs that all differ, some only in where one part ends and the next begins. */
const OTHERS: Record<string, Partial<CompileInputs>> = {
  image: { imageId: 'sha256:2' },
  artefact: { artefact: { root: '/tmp', path: path('main') } },
  'place of the artefact': { artefact: { root: '/workspace', path: path('.code-runner/main') } },
  argv: { command: { ...INPUTS.command, argv: ['/build', 'b'] } },
  'argv joined': { command: { ...INPUTS.command, argv: ['/builda'] } },
  'argv cut elsewhere': { command: { ...INPUTS.command, argv: ['/buil', 'da'] } },
  'argv split': { command: { ...INPUTS.command, argv: ['/build', 'a', ''] } },
  'environment value': { command: { ...INPUTS.command, environment: { A: '1', B: '3' } } },
  'environment name': { command: { ...INPUTS.command, environment: { A: '1', C: '2' } } },
  'environment cut elsewhere': { command: { ...INPUTS.command, environment: { A: '1', B2: '' } } },
  'environment boundary': { command: { ...INPUTS.command, environment: { A: '1B', '': '2' } } },
  'environment moved into argv': {
    command: { ...INPUTS.command, argv: ['/build', 'a', 'A', '1'], environment: { B: '2' } },
  },
  'output limit': { command: { ...INPUTS.command, outputBytes: 1025 } },
  stdin: { command: { ...INPUTS.command, stdin: Buffer.from('x') } },
  memory: { limits: { ...INPUTS.limits, memoryBytes: 1 } },
  disk: { limits: { ...INPUTS.limits, diskBytes: 1 } },
  processes: { limits: { ...INPUTS.limits, pids: 1 } },
  network: { limits: { ...INPUTS.limits, network: true } },
  'no file': { files: [] },
  'one file': { files: [file('main.go', 'package main')] },
  content: { files: [file('main.go', 'package main '), file('lib/a.go', 'package lib')] },
  'file name': { files: [file('main.go', 'package main'), file('lib/b.go', 'package lib')] },
  'contents exchanged': { files: [file('main.go', 'package lib'), file('lib/a.go', 'package main')] },
  executable: { files: [{ ...file('main.go', 'package main'), executable: true }, file('lib/a.go', 'package lib')] },
  'not executable': {
    files: [{ ...file('main.go', 'package main'), executable: false }, file('lib/a.go', 'package lib')],
  },
  'a file in the name of another': { files: [file('main.gopackage mainlib/a.go', 'package lib')] },
  'bytes that are not UTF-8': { files: [file('main.go', new Uint8Array([0xff])), file('lib/a.go', 'package lib')] },
  'other bytes that are not UTF-8': {
    files: [file('main.go', new Uint8Array([0xfe])), file('lib/a.go', 'package lib')],
  },
};

test('everything that a compiler can observe changes the key', () => {
  const keys = new Map([
    ['itself', keyWith({})],
    ...Object.entries(OTHERS).map(([what, changes]) => [what, keyWith(changes)] as const),
  ]);
  for (const [what, key] of keys) assert.match(key, /^[0-9a-f]{64}$/, what);
  assert.equal(new Set(keys.values()).size, keys.size);
});

test('the order of files and variables, and limits that show only in timing, do not change the key', () => {
  const same: Partial<CompileInputs>[] = [
    { files: [...INPUTS.files].reverse() },
    { command: { ...INPUTS.command, environment: { B: '2', A: '1' } } },
    { command: { ...INPUTS.command, wallMs: 1 } },
    { limits: { ...INPUTS.limits, cpus: 0.5, cpuShares: 2 } },
    { files: INPUTS.files.map((source) => ({ ...source, content: new Uint8Array(source.content) })) },
  ];
  for (const changes of same) assert.equal(keyWith(changes), keyWith({}));
});
