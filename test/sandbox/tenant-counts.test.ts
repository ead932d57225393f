import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TenantCounts } from '../../src/sandbox/tenant-counts.ts';

test('each tenant has a count, and there is a total', () => {
  const counts = new TenantCounts();
  counts.add('a', 1);
  counts.add('a', 1);
  counts.add('b', 1);
  counts.add('a', -1);
  assert.deepEqual([counts.of('a'), counts.of('b'), counts.of('c'), counts.total], [1, 1, 0, 2]);
});

test('idle tenants are forgotten', () => {
  const counts = new TenantCounts();
  for (let tenant = 0; tenant < 1000; tenant += 1) counts.add(String(tenant), 1);
  assert.equal(counts.tenants, 1000);
  for (let tenant = 0; tenant < 1000; tenant += 1) counts.add(String(tenant), -1);
  assert.deepEqual([counts.tenants, counts.total], [0, 0]);
});
