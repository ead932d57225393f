import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunAborted } from '../../src/core/errors.ts';
import { clientGone } from '../../src/http/client-gone.ts';

function isClientGone(reason: unknown): boolean {
  return reason instanceof RunAborted && reason.reason === 'client-gone';
}

test('a connection that ends aborts with the typed reason; one that has already ended aborts at once', () => {
  const connection = new AbortController();
  const signal = clientGone(connection.signal);
  assert.equal(signal.aborted, false);
  connection.abort();
  assert.ok(isClientGone(signal.reason));
  assert.ok(isClientGone(clientGone(connection.signal).reason));
});
