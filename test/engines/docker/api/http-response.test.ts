import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpResponse, HttpResponseReader, headerOf } from '../../../../src/engines/docker/api/http-response.ts';

/** Parses a response that arrives in two pieces, cut at this position. */
function readCut(text: string, at: number): HttpResponse | undefined {
  const bytes = Buffer.from(text);
  const reader = new HttpResponseReader();
  const early = reader.push(bytes.subarray(0, at));
  return early ?? reader.push(bytes.subarray(at)) ?? reader.end();
}

function readEverywhere(text: string, expected: { status: number; content: string; isReusable: boolean }): void {
  for (let at = 1; at <= Buffer.byteLength(text); at += 1) {
    const { status, content, isReusable } = readCut(text, at) ?? assert.fail(`no answer when cut at ${at}`);
    assert.deepEqual({ status, content: content.toString(), isReusable }, expected, `cut at ${at}`);
  }
}

test('a response with a length, cut anywhere', () =>
  readEverywhere('HTTP/1.1 201 Created\r\nServer: x\r\nContent-Length: 12\r\n\r\n{"Id":"für"}'.replace('12', '13'), {
    status: 201,
    content: '{"Id":"für"}',
    isReusable: true,
  }));

test('a chunked response, cut anywhere', () =>
  readEverywhere('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n3;ext=1\r\n,3]\r\n0\r\n\r\n', {
    status: 200,
    content: '[1,2,3]',
    isReusable: true,
  }));

test('a response without content, and one that ends with the connection', () => {
  readEverywhere('HTTP/1.1 204 No Content\r\n\r\n', { status: 204, content: '', isReusable: true });
  readEverywhere('HTTP/1.0 200 OK\r\n\r\nall of it', { status: 200, content: 'all of it', isReusable: false });
});

test('a connection with Connection: close is not reused', () =>
  readEverywhere('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK', {
    status: 200,
    content: 'OK',
    isReusable: false,
  }));

test('an upgraded connection: everything after the head belongs to the streams', () => {
  const response = readCut('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\nbytes', 60);
  assert.equal(response?.status, 101);
  assert.equal(response?.rest.toString(), 'bytes');
  assert.equal(response?.isReusable, false);
});

test('an incomplete response is an error', () => {
  for (const text of ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', 'HTTP/1.1 200 OK\r\nContent', '']) {
    const reader = new HttpResponseReader();
    assert.equal(text === '' ? undefined : reader.push(Buffer.from(text)), undefined);
    assert.equal(reader.end(), undefined);
    assert.equal(reader.isEmpty, text === '');
  }
});

test('bytes that are not HTTP are an error', () => {
  assert.throws(() => new HttpResponseReader().push(Buffer.from('SSH-2.0-OpenSSH\r\n\r\n')), /does not speak HTTP/);
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
  assert.throws(() => new HttpResponseReader().push(Buffer.from(chunked)), /chunk without a size/);
});

test('the response to HEAD ends after its head, and headers are found by name', () => {
  const reader = new HttpResponseReader({ hasContent: false });
  const response = reader.push(Buffer.from('HTTP/1.1 200 OK\r\nX-Stat: e30=\r\nContent-Length: 9\r\n\r\n'));
  assert.ok(response);
  assert.deepEqual([response.status, response.content.length, response.isReusable], [200, 0, true]);
  assert.deepEqual([headerOf(response, 'x-stat'), headerOf(response, 'stat')], ['e30=', undefined]);
});
