// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @cells
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Service } from './service.ts';

const BYTES = 500_000;

/** Each program prints this much at once and exits immediately, without waiting for a reader. */
const PROGRAMS: Record<string, Record<string, string>> = {
  node: {
    stdout: `process.stdout.write('x'.repeat(${BYTES})); process.exit(0);`,
    stderr: `process.stderr.write('x'.repeat(${BYTES})); process.exit(0);`,
    'stdout by console.log': `console.log('x'.repeat(${BYTES - 1})); process.exit(0);`,
  },
  python: {
    'non-blocking stdout': `import os\nos.set_blocking(1, False)\nos._exit(os.write(1, b'x' * ${BYTES}) != ${BYTES})`,
  },
};

describe('output of a program that prints and exits at once', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: Object.keys(PROGRAMS).join(',') });
  });
  after(() => service.stop());

  for (const [image, programs] of Object.entries(PROGRAMS)) {
    for (const [what, code] of Object.entries(programs)) {
      test(`is kept: ${image}, ${what}`, async () => {
        const answer = await service.run({ image, code });
        assert.deepEqual([answer.status, answer.exit_code], ['completed', 0]);
        assert.equal(answer.stdout.length + answer.stderr.length, BYTES);
        assert.deepEqual([answer.stdout_truncated, answer.stderr_truncated], [false, false]);
      });
    }
  }
});
