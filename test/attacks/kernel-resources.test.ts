// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RunBody } from '../e2e/service.ts';
import {
  assertAllRefused,
  attackBody,
  HOARDED,
  neighbour,
  outcomes,
  PROGRAM,
  startOngoingRun,
  Target,
} from './attack.ts';

/** A program, the rest of its request, and the processes that show that it is running. */
type Hoarder = [name: string, body: RunBody, processes: [commandLine: RegExp, count: number]];

const hoard = (kind: string): Hoarder => ['hoard_of_uid.py', { args: [kind, 'hoard', '20'] }, [HOARDED, 21]];

/** Takes as much as it can of a resource that the kernel counts for no cgroup. */
const HOARDERS: Record<string, Hoarder> = {
  'inotify instances': hoard('inotify'),
  'message queues': hoard('queue'),
  'files in flight': hoard('in_flight'),
  timers: hoard('timer'),
  'pipe pages': hoard('pipe'),
  'open files': ['descriptor_flood.py', {}, [PROGRAM, 41]],
  processes: ['fork_bomb.py', {}, [PROGRAM, 100]],
};

/** Resources that sandbox-init counts: it ends the program at the limit. */
const ENDED: Record<string, [name: string, body: RunBody]> = {
  'file locks': ['file_locks.py', {}],
  'connections that nobody accepts': ['unaccepted.py', { mem_limit: '128m' }],
  'connections that nobody accepts, IPv6': ['unaccepted.py', { mem_limit: '128m', args: ['6'] }],
  'connections that were reset before anybody accepted them': ['unaccepted.py', { mem_limit: '128m', args: ['reset'] }],
};

describe('resources that the kernel counts for no cgroup, while a neighbour starts a new container', () => {
  let target: Target;
  before(async () => {
    target = await Target.start({ MAX_CONCURRENT_RUNS: '4', WARM_POOL_MAX: '0' });
  });
  after(() => target.stop());

  for (const [what, [name, body, processes]] of Object.entries(HOARDERS)) {
    test(`${what}: the neighbour's container starts and gives the right result`, async () => {
      const hoarding = await startOngoingRun(target.service, attackBody(name, body), processes);
      await neighbour(target.service);
      await neighbour(target.service);
      await hoarding.cancel();
      await target.assertUntouched();
    });
  }

  for (const [what, [name, body]] of Object.entries(ENDED)) {
    test(`${what}: the run is ended, and the neighbour gives the right result`, async () => {
      const hoarding = target.service.run(attackBody(name, body));
      await neighbour(target.service);
      assert.equal((await hoarding).status, 'out_of_memory');
      await target.assertUntouched();
    });
  }

  test('options, calls and devices that could be used to hoard are refused', async () => {
    const answer = await target.attack('kernel_hoard.py');
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 0], answer.stderr);
    const attempts = outcomes(answer.stdout);
    assert.equal(attempts['terminal'], 'ENOENT');
    assertAllRefused(attempts, ['ENOPROTOOPT', 'EINVAL', 'ENOSYS', 'ENOENT'], 18);
  });

  test('the neighbour really starts a container', async () => {
    const answer = await target.service.run({ code: 'print(1)' });
    assert.deepEqual([answer.sandbox, answer.stdout], ['cold', '1\n']);
  });
});
