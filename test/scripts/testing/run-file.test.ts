import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { sumTotals } from '../../../scripts/testing/result.ts';
import { runFile } from '../../../scripts/testing/run-file.ts';
import { eventually } from '../../eventually.ts';

const IMPORTS = `import assert from 'node:assert/strict';\nimport { after, describe, test } from 'node:test';\n`;
const folder = mkdtempSync(join(tmpdir(), 'run-file-'));
after(() => rmSync(folder, { recursive: true }));

async function resultOf(name: string, source: string, timeoutMs = 60_000) {
  const path = join(folder, `${name}.test.ts`);
  writeFileSync(path, IMPORTS + source);
  // As from a shell. Inside a test, node:test would report to the test's own runner.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  return runFile(path, { project: process.cwd(), environment, timeoutMs });
}

/** The names of the failures, and how many tests passed and failed. */
async function told(name: string, source: string) {
  const result = await resultOf(name, source);
  const { pass, fail, cancelled } = sumTotals([result]);
  return { failures: result.failures.map((failure) => failure.name), pass, failed: fail + cancelled };
}

describe('a test file', { concurrency: 3 }, () => {
  test('that passes: every test is counted, also inside suites', async () => {
    const source = `describe('a', () => { test('b', () => {}); describe('c', () => test('d', () => {})); }); test('e', () => {});`;
    assert.deepEqual(await told('passes', source), { failures: [], pass: 3, failed: 0 });
  });

  test('with a failing test: the test is reported with its suites and its error', async () => {
    const source = `describe('a', () => { test('b', () => {}); test('c', () => assert.equal(1, 2)); });`;
    const { failures, totals } = await resultOf('fails', source);
    assert.deepEqual([failures.map(({ name }) => name), totals.pass, totals.fail], [['a › c'], 1, 1]);
    assert.match(failures[0]?.detail ?? '', /AssertionError.*1 !== 2/s);
  });

  test('with skipped and todo tests: they are counted as neither passed nor failed', async () => {
    const source = `test('s', { skip: 'why' }, () => assert.fail()); test('t', { todo: 'x' }, () => assert.fail());`;
    const { failures, totals } = await resultOf('not-run', source);
    assert.deepEqual([failures, totals.pass, totals.fail, totals.skipped, totals.todo], [[], 0, 0, 1, 1]);
  });

  test('with a test that never settles', async () => {
    const source = `test('never', () => new Promise(() => {}));`;
    assert.deepEqual(await told('never-settles', source), { failures: ['never'], pass: 0, failed: 1 });
  });

  test('whose last hook fails', async () => {
    const { failures, failed } = await told('hook', `test('a', () => {}); after(() => { throw new Error('hook'); });`);
    assert.deepEqual([failures.length, failed], [1, 1]);
  });

  for (const [name, source] of [
    ['throws', `throw new Error('boom');`],
    ['exits', `test('a', () => process.exit(3));`],
    ['exits-well', `test('a', () => {}); test('b', () => process.exit(0));`],
    ['empty', ''],
  ] as const) {
    test(`that ${name}: has failed, although none of its tests did`, async () => {
      const { failures, failed } = await told(name, source);
      assert.deepEqual([failures, failed], [['(the file)'], 1]);
    });
  }

  test('that hangs is killed with the processes that it started, and the test that hung is named', async () => {
    const pidFile = join(folder, 'pid');
    const source = `import { spawn } from 'node:child_process';
      test('a', () => {});
      test('hung', async () => {
        spawn('sh', ['-c', 'echo $$ > ${pidFile}; exec sleep 60']);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const { failures, totals, durationMs } = await resultOf('hangs', source, 6000);
    assert.match(failures.at(-1)?.detail ?? '', /last test to start was "hung"/);
    assert.deepEqual([totals.pass, totals.fail], [1, 1]);
    assert.ok(durationMs < 9000, 'the process that it started kept its output open');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await eventually(() => assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }), 2000);
  });

  test('has its output in the result', async () => {
    assert.match((await resultOf('prints', `console.log('printed'); test('a', () => {});`)).output, /printed/);
  });
});
