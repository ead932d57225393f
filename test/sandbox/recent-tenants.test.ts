import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentTenants } from '../../src/sandbox/recent-tenants.ts';

test('one tenant is not several, however often it comes', () => {
  const tenants = new RecentTenants();
  assert.equal(tenants.areSeveral(0), false);
  tenants.note('a', 0);
  tenants.note('a', 1);
  assert.equal(tenants.areSeveral(1), false);
  tenants.note('b', 2);
  assert.equal(tenants.areSeveral(2), true);
});

test('a tenant counts until a minute after it came last', () => {
  const tenants = new RecentTenants();
  tenants.note('a', 0);
  tenants.note('b', 50_000);
  assert.equal(tenants.areSeveral(60_000), true);
  assert.equal(tenants.areSeveral(60_001), false);
  tenants.note('a', 110_000);
  assert.equal(tenants.areSeveral(110_000), true);
  assert.equal(tenants.areSeveral(110_001), false);
});
