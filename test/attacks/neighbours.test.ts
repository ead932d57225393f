import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunBody } from '../e2e/service.ts';
import { attackBody, neighbour, Target } from './attack.ts';

const BOMBS: Record<string, [string, RunBody?]> = {
  'a fork bomb': ['fork_bomb.py'],
  'a memory bomb': ['memory_parent.py', { mem_limit: '256m' }],
  'full pipes': ['memory_pipes.py', { mem_limit: '128m' }],
  'an output flood': ['output_flood.py', { args: ['both', 'unbroken'], output_limit: '16m' }],
  'a flood of single bytes': ['output_flood.py', { args: ['stdout', 'bytes'], output_limit: '16m' }],
  'directory entries': ['inode_fill.py', { args: ['long-names', '/tmp'] }],
  'a descriptor flood': ['descriptor_flood.py'],
  'signals to sandbox-init': ['init_signals.py'],
  'daemons that fork': ['daemon_outlive.py'],
};

describe('a neighbour at the same time', () => {
  let target: Target;
  before(async () => {
    target = await Target.start({ MAX_CONCURRENT_RUNS: '4' });
  });
  after(() => target.stop());

  for (const [what, [name, body]] of Object.entries(BOMBS)) {
    test(`is answered rightly beside ${what}`, async () => {
      const bomb = target.service.run(attackBody(name, { ...body, timeout: 2 }));
      await sleep(400);
      await neighbour(target.service);
      await neighbour(target.service);
      assert.ok((await bomb).status.length > 0);
      await target.assertUntouched();
    });
  }
});
