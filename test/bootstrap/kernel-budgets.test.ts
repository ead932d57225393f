import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KernelBudgets, kernelShortages, readKernelBudgets } from '../../src/bootstrap/kernel-budgets.ts';

const BARE: KernelBudgets = { 'kernel.pid_max': 32_768, 'kernel.threads-max': 190_000, 'fs.file-max': 2_466_170 };

test('the default ceilings fit into an unconfigured machine with two cores', () => {
  assert.deepEqual(kernelShortages(BARE, { runs: 4, pids: 1024 }), []);
});

test('each limit that the runs could exhaust is reported, with a sufficient value', () => {
  assert.deepEqual(kernelShortages(BARE, { runs: 64, pids: 1024 }), [
    'kernel.pid_max is 32768, and 64 runs of 1024 processes may need 65600: set it to 87467 or more',
    'fs.file-max is 2466170, and 64 runs of 1024 processes may need 16793600: set it to 22391467 or more',
  ]);
});

test('the limits of this machine can be read', () => {
  for (const value of Object.values(readKernelBudgets())) assert.ok(value > 1000, `${value}`);
});
