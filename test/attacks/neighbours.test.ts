// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RunBody } from '../e2e/service.ts';
import { attackBody, neighbour, PROGRAM, Target } from './attack.ts';

/** A hostile program, the ways in which it may end, and the rest of its request. */
const BOMBS: Record<string, [name: string, ends: readonly string[], body?: RunBody]> = {
  'a fork bomb': ['fork_bomb.py', ['timed_out']],
  'a memory bomb': ['memory_parent.py', ['out_of_memory'], { mem_limit: '256m' }],
  'full pipes': ['memory_pipes.py', ['out_of_memory'], { mem_limit: '128m' }],
  'an output flood': [
    'output_flood.py',
    ['output_limit_exceeded', 'timed_out'],
    { args: ['both', 'unbroken'], output_limit: '16m' },
  ],
  'a flood of single bytes': ['output_flood.py', ['timed_out'], { args: ['stdout', 'bytes'], output_limit: '16m' }],
  'directory entries': ['inode_fill.py', ['completed', 'timed_out'], { args: ['long-names', '/tmp'] }],
  'a descriptor flood': ['descriptor_flood.py', ['timed_out']],
  'signals to sandbox-init': ['init_signals.py', ['completed']],
  'daemons that fork': ['daemon_outlive.py', ['completed'], { args: ['1'] }],
};

describe('a concurrent neighbour', () => {
  let target: Target;
  before(async () => {
    target = await Target.start({ MAX_CONCURRENT_RUNS: '4' });
  });
  after(() => target.stop());

  for (const [what, [name, ends, body]] of Object.entries(BOMBS)) {
    test(`gets the right result next to ${what}`, async () => {
      const bomb = target.service.run(attackBody(name, { ...body, timeout: 2 }));
      await target.service.untilProcesses(PROGRAM);
      await neighbour(target.service);
      await neighbour(target.service);
      const { status } = await bomb;
      assert.ok(ends.includes(status), status);
      await target.assertUntouched();
    });
  }
});
