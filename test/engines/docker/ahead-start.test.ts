import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { AheadStart } from '../../../src/engines/docker/ahead-start.ts';
import { Session } from '../../../src/init-protocol/session.ts';
import { command } from '../../fixtures.ts';
import { readFields, readFrames } from '../../init-protocol/frames.ts';
import { withTime } from '../../init-protocol/mocked-time.ts';

const COMMAND = { argv: ['/python', 'main.py'], environment: { A: '1' }, hasInput: false, mainFile: 'main.py' };
const LIKE_IT = { argv: COMMAND.argv, environment: COMMAND.environment };
const WITHOUT_INPUT = ['A', 'arg=/python', 'arg=main.py', 'env=A=1', 'stdin=null', 'main_file=main.py'];
const WITH_INPUT = WITHOUT_INPUT.map((field) => (field === 'stdin=null' ? 'stdin=pipe' : field));

let start: AheadStart;

beforeEach(() => {
  start = new AheadStart(COMMAND);
});

/** What is sent to a sandbox that waits so long, and is then asked to stop. */
async function sentWithin(waitMs: number): Promise<string[]> {
  const writes: Buffer[] = [];
  const session = new Session((buffers) => void writes.push(...buffers));
  await withTime(async (pass) => {
    start.waits(session);
    await pass(waitMs);
    start.stopWaiting();
    await pass(1000);
  });
  return readFrames(Buffer.concat(writes)).flatMap(({ type, payload }) => [type, ...readFields(payload)]);
}

test('the command is started in a sandbox that waits', async () => {
  assert.deepEqual(await sentWithin(1000), WITHOUT_INPUT);
});

test('a run that comes at once starts its own', async () => {
  assert.deepEqual(await sentWithin(0), []);
});

test('after a run with another command nothing is started, until a run could have used it', async () => {
  start.learn(command({ ...LIKE_IT, argv: ['/bin/sh'] }));
  assert.deepEqual(await sentWithin(1000), []);
  start.learn(command({ ...LIKE_IT, environment: {} }));
  assert.deepEqual(await sentWithin(1000), []);
  start.learn(command({ ...LIKE_IT, needsOwnStart: true }));
  assert.deepEqual(await sentWithin(1000), []);
  start.learn(command(LIKE_IT));
  assert.deepEqual(await sentWithin(1000), WITHOUT_INPUT);
});

test('after a run with input the next one is expected to have input, too', async () => {
  start.learn(command({ ...LIKE_IT, stdin: Buffer.from('1') }));
  assert.deepEqual(await sentWithin(1000), WITH_INPUT);
  start.learn(command(LIKE_IT));
  assert.deepEqual(await sentWithin(1000), WITHOUT_INPUT);
});
