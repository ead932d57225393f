// @both-isolations
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type { RunAnswer } from '../e2e/service.ts';
import {
  assertAllRefused,
  attackBody,
  HOARDED,
  outcomes,
  PROGRAM,
  program,
  RUNTIME,
  startOngoingRun,
  Target,
} from './attack.ts';

/** Resources that the kernel counts per uid. */
const COUNTED = ['inotify', 'queue', 'in_flight', 'timer', 'pipe'];

describe('a run cannot reach other runs or the network', () => {
  let target: Target;
  before(async () => {
    target = await Target.start({ MAX_CONCURRENT_RUNS: '4', TRUST_TENANT_HEADER: 'true' });
  });
  after(() => target.stop());

  async function runAs(tenant: string, name: string): Promise<RunAnswer> {
    const response = await target.service.post(attackBody(name), { headers: { 'x-tenant': tenant } });
    return (await response.json()) as RunAnswer;
  }

  test('the next run finds nothing that a run left behind', async () => {
    const left = await target.attack('leave_traces.py');
    assert.deepEqual([left.status, left.stdout], ['completed', '[True, True, True, True]\n']);
    const found = await target.attack('find_traces.py');
    assert.deepEqual([found.status, found.stdout], ['completed', '[]\n']);
  });

  test('nor does another tenant, who takes turns with the first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const left = await runAs('first', 'leave_traces.py');
      assert.deepEqual([left.status, left.stdout], ['completed', '[True, True, True, True]\n']);
      const found = await runAs('second', 'find_traces.py');
      assert.deepEqual([found.status, found.stdout], ['completed', '[]\n']);
    }
  });

  test('nor does a concurrent run', async () => {
    const code = `${attackBody('leave_traces.py')['code']}\ntime.sleep(30)\n`;
    // Its process is the last trace that it leaves.
    const leaving = await startOngoingRun(target.service, { image: RUNTIME, code }, [PROGRAM, 2]);
    const { answer } = await target.answerTo('find_traces.py');
    assert.deepEqual([answer.status, answer.stdout], ['completed', '[]\n']);
    await leaving.cancel();
    await target.assertUntouched();
  });

  test('every trace is found in the run that leaves it', async () => {
    const code = `${program('leave_traces.py')}\n${program('find_traces.py')}`;
    const { stdout } = await target.service.run({ image: RUNTIME, code });
    for (const trace of ['/tmp/trace', '/dev/shm/trace', '/workspace/trace', 'shm', 'sem', 'msg', '@trace', 'process '])
      assert.ok(stdout.includes(`'${trace}`), `${trace} in ${stdout}`);
  });

  for (const kind of COUNTED) {
    test(`one run cannot use up another's ${kind}`, async () => {
      const body = attackBody('hoard_of_uid.py', { args: [kind, 'hoard', '20'] });
      const hoarding = await startOngoingRun(target.service, body, [HOARDED, 21]);
      const { answer } = await target.answerTo('hoard_of_uid.py', { args: [kind, 'neighbour'] });
      await hoarding.cancel();
      assert.equal(answer.stdout, '1\n');
    });
  }

  test('a normal run gives the right result while each of these is used up', async () => {
    for (const kind of COUNTED) {
      const hoarding = target.service.run(attackBody('hoard_of_uid.py', { args: [kind, 'hoard', '10'], timeout: 3 }));
      await target.service.untilProcesses(HOARDED, 11);
      const { answer } = await target.answerTo('neighbour.py', { stdin: 'neighbour' });
      assert.deepEqual([answer.status, answer.stderr], ['completed', ''], kind);
      assert.equal((await hoarding).status, 'timed_out');
    }
    await target.assertUntouched();
  });

  test('without a network nothing responds: neither the host, nor the service, nor a name server', async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => address);
    const port = new URL(target.service.url).port;
    const answer = await target.attack('network.py', { args: [port, ...addresses] });
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0], answer.stderr);
    assert.equal(answer.stdout.split('\n')[0], "interfaces ['lo']");
    const { 'resolve localhost by DNS': resolved, ...attempts } = outcomes(answer.stdout);
    assert.match(resolved ?? '', /name resolution|not known/);
    assertAllRefused(attempts, ['ECONNREFUSED', 'ENETUNREACH', 'EADDRNOTAVAIL'], 7);
  });

  test("the caller's environment affects neither sandbox-init nor the path of the interpreter", async () => {
    const environment = {
      LD_PRELOAD: '/workspace/evil.so',
      LD_LIBRARY_PATH: '/workspace',
      PYTHONSTARTUP: '/workspace/x',
    };
    const answer = await target.attack('environment.py', { environment });
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0]);
    assert.match(answer.stdout, /'LD_PRELOAD'/);
    for (const name of [
      'CODE_RUNNER_METADATA',
      'ENCODED_CODE',
      'CUSTOM_ENTRYPOINT',
      'CODE_RUNNER_X',
      'A=B',
      '',
      'A\0B',
    ]) {
      const refused = await target.service.post(attackBody('environment.py', { environment: { [name]: 'x' } }));
      assert.equal(refused.status, 422, JSON.stringify(name));
      await refused.body?.cancel();
    }
  });

  test('a PATH without the interpreter is not a failure of the service', async () => {
    const environment = { PATH: '/workspace' };
    for (const body of [{}, { entrypoint: 'echo run' }, { entrypoint: 'no-such-program' }]) {
      const response = await target.service.post(attackBody('environment.py', { environment, ...body }));
      await response.body?.cancel();
      assert.equal(response.status, 200, JSON.stringify(body));
    }
  });
});
