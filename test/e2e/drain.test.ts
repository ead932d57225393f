import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../eventually.ts';
import { Service } from './service.ts';

const CLIENTS = 8;
const ANSWERED = 'code_runner_runs_total{runtime="python",status="completed"}';

/** Sends one run after the other until the service says that it is draining or refuses the connection. Returns all responses in order. */
async function untilDraining(service: Service, client: number): Promise<string[]> {
  const answers: string[] = [];
  for (let request = 0; answers.at(-1) !== 'draining'; request += 1) {
    assert.ok(request < 200, 'the service never drained');
    const response = await service.post({ code: `print("${client}/${request}")` }).catch(undefinedIfRefused);
    if (!response) return [...answers, 'draining'];
    const body = (await response.json()) as { stdout?: string; code?: string };
    answers.push(response.status === 200 ? (body.stdout ?? '').trim() : (body.code ?? ''));
  }
  return answers;
}

/** Whether the connection was refused. A connection that breaks during a request is a lost request. */
function undefinedIfRefused(error: Error): undefined {
  assert.equal((error.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED', String(error.cause));
  return undefined;
}

test('SIGTERM under load: every request gets its result or draining; exit code 0, no container left', async () => {
  await using service = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=2', MAX_CONCURRENT_RUNS: '3' });
  const clients = Array.from({ length: CLIENTS }, (_, client) => untilDraining(service, client));
  await eventually(async () => assert.ok((await service.metric(ANSWERED)) > 4 * CLIENTS), 30_000);
  const exitCode = service.stop();
  const answers = await Promise.all(clients);
  assert.equal(await exitCode, 0);
  for (const [client, own] of answers.entries()) {
    assert.deepEqual(own, [...own.slice(0, -1).map((_, request) => `${client}/${request}`), 'draining']);
  }
  assert.ok(answers.flat().length > 2 * CLIENTS, 'there was load');
  assert.equal(await service.containers(), 0);
});
