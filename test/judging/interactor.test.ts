import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../../src/core/command.ts';
import { Deferred } from '../../src/core/deferred.ts';
import { RunnerError } from '../../src/core/errors.ts';
import type { Execution, Fate } from '../../src/core/result.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { interacting } from '../../src/judging/interactor.ts';
import { command, execution } from '../fixtures.ts';
import { Laboratory, PLAN, type Program, plannedTest, talker } from './sandboxes.ts';

async function interact(program: Program, interactor: Program, onOutput?: Command['onOutput']) {
  const [judged, judge] = [new Laboratory({ program }), new Laboratory({ program: interactor })];
  const tester = interacting(await judged.programSandbox(), await judge.programSandbox(), PLAN);
  const planned = plannedTest({
    expected: Buffer.from('the expected'),
    command: command({ outputBytes: 100, ...(onOutput && { onOutput }) }),
  });
  return { outcome: await tester(planned), judged, judge };
}

function ended(fate: Fate | number, afterMs = 0): Program {
  return async () => {
    await sleep(afterMs);
    return execution({ fate: typeof fate === 'number' ? { status: 'completed', exitCode: fate } : fate });
  };
}

/** Ends when its input does. */
function left(exitCode: number): Program {
  return talker(async (said) => {
    for await (const _ of said);
    return execution({ fate: { status: 'completed', exitCode } });
  });
}

test('each side reads what the other prints, as it is printed', async () => {
  const heard: string[] = [];
  const asking = talker(async (said, say) => {
    for (const question of ['1', '2', '3']) {
      say(question);
      heard.push(String((await said.next()).value));
    }
    return execution();
  });
  const answering = talker(async (said, say) => {
    for await (const question of said) say(`${question}${question}`);
    return execution({ stdout: 'fine' });
  });
  const { outcome, judged, judge } = await interact(answering, asking);
  assert.deepEqual(heard, ['11', '22', '33']);
  assert.deepEqual([outcome.verdict, outcome.execution.stdout.bytes.toString()], ['accepted', 'fine']);
  assert.deepEqual(judge.staged, [{ input: 'the input', expected: 'the expected' }]);
  assert.deepEqual(judged.staged, []);
});

test('whoever follows the program hears what it prints, and does not hold it up', { timeout: 5000 }, async () => {
  const heard: string[] = [];
  const answering = talker(async (said, say) => {
    for await (const question of said) assert.equal(say(`${question}!`), undefined);
    return execution();
  });
  const asking = talker(async (said, say) => {
    say('1');
    await said.next();
    return execution();
  });
  const { outcome } = await interact(answering, asking, (stream, bytes) => {
    heard.push(`${stream} ${bytes}`);
    return new Promise(() => undefined);
  });
  assert.deepEqual([outcome.verdict, heard], ['accepted', ['stdout 1!']]);
});

test('a side that does not read blocks the other, but no longer than that one may run', async () => {
  const commands: Command[] = [];
  const waits: unknown[] = [];
  const program: Program = async (asked) => {
    commands.push(asked);
    await reads.promise;
    waits.push(asked.onOutput?.('stdout', Buffer.from('out')), asked.onOutput?.('stderr', Buffer.from('aside')));
    written.resolve();
    return execution();
  };
  const full = Promise.resolve();
  const [reads, written] = [new Deferred(), new Deferred()];
  const interactor: Program = async (asked) => {
    commands.push(asked);
    assert.ok(!(asked.stdin instanceof Uint8Array));
    asked.stdin.flowTo({ write: () => full, end: () => undefined });
    reads.resolve();
    await written.promise;
    return execution();
  };
  const { outcome } = await interact(program, interactor);
  assert.equal(outcome.verdict, 'accepted');
  assert.deepEqual(waits, [full, undefined]);
  assert.ok(waits[0] === full, 'the writer waits for the reader');
  assert.deepEqual(commands.map(({ listenerTimeoutMs }) => listenerTimeoutMs).sort(), [1000, 6000]);
});

test('both are killed at the first byte over the output limit; the interactor may run longer than the program', async () => {
  const commands: { wallMs: number; outputKillBytes: number | undefined }[] = [];
  const noted: Program = ({ wallMs, outputKillBytes }) => {
    commands.push({ wallMs, outputKillBytes });
    return execution();
  };
  await interact(noted, noted);
  assert.deepEqual(commands[0], { wallMs: 1000, outputKillBytes: 101 });
  assert.equal(commands[1]?.wallMs, 6000);
});

/** The ends of the program and of the interactor; the first to end is listed first. */
const ENDS: [what: string, program: Program, interactor: Program, verdict: Verdict][] = [
  ['both end well', ended(0), ended(0, 20), 'accepted'],
  ['the interactor is not content with what it heard', ended(0), left(1), 'wrong_answer'],
  ['the interactor leaves early, and the program fails for it', left(1), ended(1), 'wrong_answer'],
  [
    'the interactor exits early, and the program waits forever',
    ended({ status: 'timed_out' }, 20),
    ended(2),
    'wrong_answer',
  ],
  ['the interactor fails, and the program for it', left(1), ended(3), 'judge_failed'],
  ['the interactor has accepted, but the program does not end well', left(7), ended(0), 'runtime_error'],
  [
    'the interactor has accepted, but the program does not end',
    ended({ status: 'timed_out' }, 20),
    ended(0),
    'time_limit_exceeded',
  ],
  [
    'the program crashes, and the interactor fails because of it',
    ended({ status: 'signaled', signal: 11 }),
    left(3),
    'runtime_error',
  ],
  ['the program hangs until its limit', ended({ status: 'timed_out' }), left(1), 'time_limit_exceeded'],
  ['the program floods', ended({ status: 'output_limit_exceeded' }), left(1), 'output_limit_exceeded'],
  ['the interactor floods', left(0), ended({ status: 'output_limit_exceeded' }), 'judge_failed'],
  ['the program ends well, the interactor hangs', ended(0), ended({ status: 'timed_out' }, 20), 'judge_failed'],
];

for (const [what, program, interactor, verdict] of ENDS) {
  test(`${what}: ${verdict}`, async () => {
    assert.equal((await interact(program, interactor)).outcome.verdict, verdict);
  });
}

test('if either sandbox is lost, both start again in new sandboxes', async () => {
  const lost = new RunnerError('internal', 'lost');
  const program: Program = (_, nth): Execution | Promise<Execution> => (nth === 1 ? Promise.reject(lost) : execution());
  const { outcome, judged, judge } = await interact(program, left(0));
  assert.equal(outcome.verdict, 'accepted');
  for (const { log } of [judged, judge]) {
    assert.deepEqual(
      log.filter((line) => /prepare|release|execute/.test(line)),
      ['prepare s1', 'execute s1', 'release s1', 'prepare s2', 'execute s2'],
    );
  }
});
