// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';
import { Service } from './service.ts';

const README = readFileSync('README.md', 'utf8');
/** Each shell example with the answer shown below it. */
const EXAMPLES = [...README.matchAll(/```sh\n(curl .*?)```\n```json\n(.*?)```/gs)].map(
  ([, command = '', answer = '']) => ({
    command,
    answer: JSON.parse(answer) as Record<string, unknown>,
  }),
);

describe('README.md tells the truth', () => {
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
    assert.equal(EXAMPLES.length, README.split('```sh').length - 1, 'every example has its answer');
  });

  for (const { command, answer } of EXAMPLES) {
    test(`example: ${command.slice(0, 140).replaceAll('\n', ' ')}`, () => {
      const script = command.replaceAll('localhost:8000', service.url.replace('http://', ''));
      const printed = JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }));
      assertPart(printed, answer);
    });
  }

  test('every field of the request and the answer is in the tables', async () => {
    const { body } = await service.get('/openapi.json');
    const { schemas } = (body as { components: { schemas: Record<string, { properties: Record<string, unknown> }> } })
      .components;
    for (const schema of ['RunRequest', 'RunResponse']) {
      for (const field of Object.keys(schemas[schema]?.properties ?? {})) {
        assert.ok(README.includes(`\`${field}\``), `${schema}.${field}`);
      }
    }
  });

  test('every variable of the configuration table is read, with the default that it tells', () => {
    const table = README.slice(README.indexOf('## Configure it'), README.indexOf('**Operating it.**'));
    const variables = [...table.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name);
    assert.ok(variables.length > 30);
    const source = readFileSync('src/config/config.ts', 'utf8');
    for (const name of variables) assert.ok(source.includes(`'${name}'`), `${name} is read`);
    for (const [, name = ''] of source.matchAll(/'([A-Z][A-Z_]{3,})'/g))
      assert.ok(variables.includes(name), `${name} is told`);
    const { limits } = parseConfig({});
    assert.deepEqual(
      [limits.timeoutMs, limits.pids],
      [
        { default: 30_000, max: 300_000 },
        { default: 128, max: 1024 },
      ],
    );
  });
});

function assertPart(actual: unknown, expected: unknown): void {
  if (typeof expected !== 'object' || expected === null) assert.deepEqual(actual, expected);
  else for (const [key, value] of Object.entries(expected)) assertPart((actual as Record<string, unknown>)[key], value);
}
