// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Service } from './service.ts';

const README = readFileSync('README.md', 'utf8');
/** Each shell example with the response shown below it: one JSON value, or one a line. */
const EXAMPLES = [...README.matchAll(/```sh\n(curl .*?)```\n```(json|ndjson)\n(.*?)```/gs)].map(
  ([, command = '', format, answer = '']) => {
    const parse = format === 'json' ? JSON.parse : parseLines;
    return { command, parse, answer: parse(answer) };
  },
);

describe('README.md is correct', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service.stop());

  test('it has an example for every runtime', () => {
    for (const runtime of ['node', 'go', 'rust', 'deno', 'bun']) {
      assert.ok(
        EXAMPLES.some(({ command }) => command.includes(`"image": "${runtime}"`)),
        runtime,
      );
    }
    assert.equal(EXAMPLES.length, README.split('```sh').length - 1, 'every example has its response');
  });

  for (const { command, parse, answer } of EXAMPLES) {
    test(`example: ${command.slice(0, 140).replaceAll('\n', ' ')}`, () => {
      const script = command.replaceAll('localhost:8000', service.url.replace('http://', ''));
      const printed = parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }));
      assertPart(printed, answer);
      if (Array.isArray(answer)) assert.equal(printed.length, answer.length);
    });
  }

  test('every field of the request and the response is in the tables', async () => {
    const { body } = await service.get('/openapi.json');
    const { schemas } = (body as { components: { schemas: Record<string, { properties: Record<string, unknown> }> } })
      .components;
    for (const schema of ['RunRequest', 'RunResponse']) {
      const fields = Object.keys(schemas[schema]?.properties ?? {});
      assert.ok(fields.length > 15, `${schema} has its fields`);
      for (const field of fields) {
        assert.ok(README.includes(`\`${field}\``), `${schema}.${field}`);
      }
    }
  });
});

function parseLines(text: string): unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function assertPart(actual: unknown, expected: unknown): void {
  if (typeof expected !== 'object' || expected === null) assert.deepEqual(actual, expected);
  else for (const [key, value] of Object.entries(expected)) assertPart((actual as Record<string, unknown>)[key], value);
}
