import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Service } from './service.ts';

/** Longer than a cached run takes, shorter than any compiler. */
const NOT_COMPILED_MS = 40;

test('a cached program costs no compile time', async () => {
  await using service = await Service.start({ RUNTIMES: 'go', WARM_POOL: 'go=1' });
  const body = { image: 'go', code: 'package main\nfunc main() { println("hello") }' };
  const first = await service.run(body);
  assert.ok((first.timings['compile_ms'] ?? 0) > NOT_COMPILED_MS, JSON.stringify(first.timings));
  const second = await service.run(body);
  assert.ok((second.timings['compile_ms'] ?? 1000) < NOT_COMPILED_MS, JSON.stringify(second.timings));
  assert.ok(second.execution_time < NOT_COMPILED_MS / 1000 + (second.timings['run_ms'] ?? 0) / 1000);
});
