import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '../../src/http/app.ts';
import { harness } from './harness.ts';

interface Operation {
  summary?: string;
  description?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; description: string; schema: { pattern: string } }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: { $ref?: string } }> };
  responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}

interface Schema {
  type?: unknown;
  properties?: Record<string, Record<string, unknown>>;
  additionalProperties?: unknown;
}

interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  security: unknown[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
}

const response = await harness().app.request('/openapi.json');
const document = (await response.json()) as OpenApi;

function operation(method: string, path: string): Operation {
  const found = document.paths[path]?.[method];
  assert.ok(found, `${method} ${path}`);
  return found;
}

/** Every `$ref` anywhere in a value. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [String(item)] : references(item)));
}

test('the document is OpenAPI 3.1 and has this version', () => {
  assert.equal(response.status, 200);
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual([document.info.title, document.info.version], ['code-runner', '1.2.3']);
  assert.deepEqual(Object.keys(document.components.securitySchemes), ['apiKey', 'bearer']);
});

test('each route has a summary and its responses', () => {
  const routes = ['/', '/health', '/livez', '/readyz', '/runtimes', '/images', '/metrics', '/run', '/diagnose'];
  assert.deepEqual(Object.keys(document.paths).sort(), routes.sort());
  for (const methods of Object.values(document.paths)) {
    for (const { summary, responses } of Object.values(methods)) {
      assert.ok(summary);
      assert.ok(responses['200']);
      for (const { description, content } of Object.values(responses)) assert.ok(description && content);
    }
  }
});

test('prebuilds are described if they are enabled', async () => {
  const { app: withPrebuilds } = harness({ prebuilds: {} as NonNullable<AppOptions['prebuilds']> });
  const { paths } = (await (await withPrebuilds.request('/openapi.json')).json()) as typeof document;
  const added = Object.keys(paths).filter((path) => path.includes('prebuild'));
  assert.deepEqual(added.sort(), ['/prebuild', '/prebuilds', '/prebuilds/cleanup', '/prebuilds/{tag}']);
  assert.ok(paths['/prebuild']?.['post']?.responses['400']?.description?.includes('build_failed'));
});

test('every reference resolves', () => {
  const found = new Set(references(document));
  assert.ok(found.size >= 5);
  for (const reference of found) {
    const target = reference
      .split('/')
      .slice(1)
      .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], document);
    assert.ok(target, reference);
  }
});

test('only the open routes need no credentials', () => {
  assert.deepEqual(document.security, [{ apiKey: [] }, { bearer: [] }]);
  for (const path of ['/', '/health', '/livez', '/readyz']) assert.deepEqual(operation('get', path).security, []);
  assert.equal(operation('post', '/run').security, undefined);
  assert.equal(operation('get', '/metrics').security, undefined);
});

test('POST /run: every field has a description, and no other fields are allowed', () => {
  const { requestBody, responses } = operation('post', '/run');
  assert.equal(requestBody?.required, true);
  assert.equal(requestBody?.content['application/json']?.schema.$ref, '#/components/schemas/RunRequest');
  const schema = document.components.schemas['RunRequest'];
  assert.equal(schema?.additionalProperties, false);
  const properties = schema?.properties ?? {};
  assert.ok(Object.keys(properties).length >= 20);
  for (const [name, property] of Object.entries(properties)) assert.ok(property['description'], name);
  assert.match(String(properties['timeout']?.['description']), /Default: 30\./);
  assert.deepEqual(Object.keys(responses).sort(), [
    '200',
    '400',
    '401',
    '403',
    '404',
    '413',
    '415',
    '422',
    '500',
    '503',
  ]);
  assert.match(responses['503']?.description ?? '', /over_capacity.*draining/);
});

test('POST /run: its events are described, and when a stream ends', () => {
  const { responses, description } = operation('post', '/run');
  const content = responses['200']?.content ?? {};
  assert.deepEqual(Object.keys(content).sort(), ['application/json', 'application/x-ndjson', 'text/event-stream']);
  assert.match(JSON.stringify(content['application/x-ndjson']), /schemas\/RunEvent/);
  assert.match(JSON.stringify(content['text/event-stream']), /`RunEvent`.*id/);
  const events = [
    ...JSON.stringify(document.components.schemas['RunEvent']).matchAll(/"event":\{"type":"string","enum":(\[.*?\])/g),
  ];
  assert.deepEqual(
    events.flatMap(([, names = '']) => JSON.parse(names)),
    ['queued', 'started', 'stdout', 'stderr', 'truncated', 'exited', 'test', 'result', 'error', 'ping'],
  );
  assert.match(description ?? '', /A stream without either is a broken connection.*STREAM_STALL/);
});

test('POST /run: the X-Tenant header is described, and optional', () => {
  const [header, ...more] = operation('post', '/run').parameters ?? [];
  assert.deepEqual([header?.name, header?.in, header?.required, more], ['X-Tenant', 'header', undefined, []]);
  assert.match(header?.description ?? '', /own queue and limits.*TRUST_TENANT_HEADER/);
  const pattern = new RegExp(header?.schema.pattern ?? assert.fail());
  assert.deepEqual(
    ['jane doe', 'x'.repeat(128), '', 'x'.repeat(129), 'jörg'].map((name) => pattern.test(name)),
    [true, true, false, false, false],
  );
});

test('defaults, ceilings and the spellings of a size are described', () => {
  const { timeout, cpus, pids_limit, mem_limit, image } = document.components.schemas['RunRequest']?.properties ?? {};
  assert.deepEqual([timeout?.['exclusiveMinimum'], timeout?.['maximum']], [0, 300]);
  assert.deepEqual([cpus?.['maximum'], pids_limit?.['minimum'], pids_limit?.['maximum']], [4, 1, 1024]);
  assert.match(String(mem_limit?.['description']), /At most 2g\. Default: 256m\./);
  assert.match(String(image?.['description']), /Default: python\./);
  const [text, ...others] = (mem_limit?.['anyOf'] ?? []) as { type: string; pattern?: string }[];
  for (const size of ['256m', '256MB', '256Mi', '256MiB', '1g', '65536'])
    assert.match(size, new RegExp(text?.pattern ?? ''));
  assert.deepEqual(others, [{ type: 'integer' }, { type: 'null' }]);
});

test('files and environment are described as maps', () => {
  for (const name of ['files', 'environment']) {
    const property = document.components.schemas['RunRequest']?.properties?.[name];
    assert.ok(JSON.stringify(property).includes('additionalProperties'), JSON.stringify(property));
  }
});

test('judging is described: every field of a test and every verdict', () => {
  const { TestCase, TestResult, RunRequest, RunResponse } = document.components.schemas;
  const { checker, interactor, comparison } = RunRequest?.properties ?? {};
  for (const schema of [TestCase, checker as Schema, interactor as Schema]) {
    assert.equal(schema?.additionalProperties, false);
    for (const [name, property] of Object.entries(schema?.properties ?? {})) assert.ok(property['description'], name);
  }
  assert.match(String(TestResult?.properties?.['verdict']?.['enum']), /accepted,wrong_answer.*judge_failed,skipped/);
  for (const field of ['tests', 'comparison', 'stop_on_failure', 'checker', 'interactor']) {
    assert.ok(RunRequest?.properties?.[field], field);
  }
  assert.ok(RunResponse?.properties?.['verdict'] && RunResponse.properties['tests']);
  assert.match(String(comparison?.['description']), /`lines`.*`exact`.*`tokens`.*float.*Default: lines/s);
  assert.match(JSON.stringify(RunRequest?.properties?.['tests']), /schemas\/TestCase/);
});

test('isolation is described: in requests, responses and the health of each runtime', () => {
  const { RunRequest, RunResponse, Health } = document.components.schemas;
  assert.match(JSON.stringify(RunRequest?.properties?.['isolation']), /"enum":\["container"/);
  assert.deepEqual(RunResponse?.properties?.['isolation']?.['enum'], ['cell', 'container']);
  assert.match(JSON.stringify(Health?.properties?.['isolation']), /"cell","container".*"reason"/);
});
