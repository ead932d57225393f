// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { attackBody, Target } from './attack.ts';

const LIMIT = 64 * 1024;

describe('hostile output', () => {
  let target: Target;
  before(async () => {
    target = await Target.start();
  });
  after(() => target.stop());

  for (const [streams, how, unit] of [
    ['stdout', 'lines', 'y\n'],
    ['stderr', 'lines', 'y\n'],
    ['both', 'lines', 'y\n'],
    ['both', 'unbroken', 'y'],
    ['stdout', 'huge', 'y'],
    ['stdout', 'bytes', 'y'],
  ] as const) {
    test(`a flood on ${streams}, ${how}: cut at the limit, killed at 16 times it`, async () => {
      const answer = await target.attack('output_flood.py', { args: [streams, how], output_limit: '64k' });
      assert.deepEqual([answer.status, answer.exit_code], ['output_limit_exceeded', 137]);
      const flooded = unit.repeat(LIMIT / unit.length);
      for (const stream of ['stdout', 'stderr'] as const) {
        if (streams === stream)
          assert.equal(answer[stream] === flooded, true, `${stream} is the flood up to the limit`);
        assert.ok(flooded.startsWith(answer[stream]));
      }
      assert.ok(answer.stdout === flooded || answer.stderr === flooded);
    });
  }

  test('a flood at the largest output limit: 16 MiB come back, and the service does not keep them', async () => {
    const { answer } = await target.answerTo('output_flood.py', {
      args: ['both', 'unbroken'],
      output_limit: '16m',
      timeout: 20,
    });
    assert.equal(answer.status, 'output_limit_exceeded');
    assert.ok(answer.stdout.length === 16 * 1024 ** 2 || answer.stderr.length === 16 * 1024 ** 2);
    await target.assertUntouched();
  });

  test('forged frames of sandbox-init and Docker come back byte for byte as output', async () => {
    const answer = await target.attack('forge_frames.py', { output_encoding: 'base64' });
    assert.deepEqual([answer.status, answer.exit_code], ['completed', 7]);
    const stdout = Buffer.from(answer.stdout, 'base64');
    const stderr = Buffer.from(answer.stderr, 'base64');
    assert.equal(stdout.subarray(0, 19).toString('latin1'), '\0\0\0\x0eoforged output\n');
    assert.ok(stdout.includes('cause=exited\0exit_code=0'));
    assert.ok(stdout.subarray(-stderr.length).equals(stderr));
    assert.equal(stderr.readUInt32BE(4), stderr.length - 8);
    assert.ok(answer.usage.wall_ms > 1, "the usage is sandbox-init's");
  });

  test('bytes that are not UTF-8 are replaced and flagged, and lossless in base64', async () => {
    const text = await target.attack('invalid_utf8.py');
    assert.deepEqual([text.status, text.invalid_utf8], ['completed', true]);
    const { answer } = await target.answerTo('invalid_utf8.py', { output_encoding: 'base64' });
    const bytes = Buffer.from(answer.stdout, 'base64');
    assert.ok(bytes.subarray(0, 256).equals(Buffer.from(Array.from({ length: 256 }, (_, index) => index))));
  });

  test('a program that drains its own output pipe loses only its own output', async () => {
    const answer = await target.attack('drain_own_pipes.py');
    assert.deepEqual([answer.status, answer.exit_code, answer.stderr], ['completed', 13, 'done\n']);
    assert.ok(/^x*$/.test(answer.stdout) && answer.stdout.length <= 500_000);
  });

  test('a client that produces a flood and reads nothing blocks only its own run', async () => {
    const client = new AbortController();
    const response = await target.service.post(
      attackBody('output_flood.py', { args: ['both', 'unbroken'], output_limit: '16m' }),
      { signal: client.signal },
    );
    await target.assertUntouched();
    client.abort();
    await response.body?.cancel().catch(() => undefined);
  });
});
