import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { MEBIBYTE } from '../fixtures.ts';
import { longestSilenceMs } from './liveness-sampler.ts';
import { memoryKib } from './process-memory.ts';
import { Service } from './service.ts';

/** The goal is 50 ms. The test allows more, because the machine may be shared. */
const MOST_SILENCE_MS = 250;
/** Maximum memory of the service: the budget for bodies, garbage from reading them, and the service itself. */
const MOST_RESIDENT_MIB = 1200;
const MILLION = 1_000_000;

/** Prints 16 MiB of two-byte characters to each stream. */
const PRINTS_A_LOT = `import sys\nfor stream in (sys.stdout, sys.stderr):\n  for _ in range(16): stream.write('é' * (1 << 19))\n  stream.flush()`;

/** The largest allowed body. Each text contains one non-Latin-1 character, so that V8 would store it with two bytes per character. */
function largest(): Buffer {
  const half = `€${'x'.repeat(15 * MEBIBYTE)}`;
  return Buffer.from(JSON.stringify({ code: 'pass', tests: [{ stdin: half, expected_stdout: half }] }));
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

function post(url: string, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(`${url}/run`, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          body: Buffer.concat(chunks).toString(),
        }),
      );
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.once('close', () => reject(new Error('the connection closed without an answer')));
    sent.end(body);
  });
}

/** Sends the request again until it is not refused with over_capacity. */
async function postPatiently(url: string, body: Buffer): Promise<Answer & { refusals: number }> {
  for (let refusals = 0; ; refusals += 1) {
    const answer = await post(url, body);
    if (answer.status !== 503) return { ...answer, refusals };
    assert.ok(Number(answer.retryAfter) >= 1, answer.body);
    // Retry-After is honoured with some jitter, so that the clients do not all retry at once.
    await sleep(1000 * Number(answer.retryAfter) * (0.5 + Math.random()));
  }
}

const HOSTILE: Record<string, () => string> = {
  'sixteen million brackets': () => '['.repeat(16 * MILLION) + ']'.repeat(16 * MILLION),
  'ten million empty tests': () => `{"code":"x","tests":[${'{},'.repeat(10 * MILLION)}{}]}`,
  'two million variables': () =>
    `{"code":"x","environment":{${Array.from({ length: 2 * MILLION }, (_, n) => `"${n}":""`).join()}}}`,
  'as many values as are allowed, all of them wrong': () => `{"code":"x","args":[${'1,'.repeat(95_000)}1]}`,
  'as many variables as are allowed': () =>
    `{"code":"x","environment":{${Array.from({ length: 95_000 }, (_, n) => `"V${n}":"x"`).join()}}}`,
  'as many short values as are allowed, next to long texts': () =>
    `{"code":"x","args":[${Array.from({ length: 2000 }, () => `"${'é'.repeat(2000)}"`).join()}]}`,
  'nothing but escapes': () => `{"code":"pass","stdin":"${'\\n'.repeat(15 * MEBIBYTE)}"}`,
  'text that is not JSON at its very end': () => `{"code":"pass","stdin":"${'x'.repeat(16 * MILLION)}"} x`,
  'white space': () => ' '.repeat(31 * MEBIBYTE),
  'base64 of the largest input': () =>
    JSON.stringify({
      code: 'pass',
      stdin: { content: Buffer.alloc(16 * MEBIBYTE, 1).toString('base64'), encoding: 'base64' },
    }),
  'base64 that is wrong at its very end': () =>
    JSON.stringify({ code: 'pass', stdin: { content: `${'A'.repeat(20 * MEBIBYTE)}*AAA`, encoding: 'base64' } }),
  'the largest body': () => largest().toString(),
  'code far over its limit': () => JSON.stringify({ code: '€'.repeat(10 * MILLION) }),
};

describe('large bodies', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ RUNTIMES: 'python', WARM_POOL: 'python=2', PREBUILDS: 'off' });
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
  });

  for (const [name, body] of Object.entries(HOSTILE)) {
    test(`the service responds to others while it receives ${name}`, async (t) => {
      const bytes = Buffer.from(body());
      const silenceMs = await longestSilenceMs(service.url, async () => {
        const answer = await post(service.url, bytes);
        assert.ok([200, 400, 413, 422].includes(answer.status), answer.body);
        assert.ok(answer.body.length < 20_000, 'the refusal is short');
      });
      t.diagnostic(`${silenceMs.toFixed(0)} ms`);
      assert.ok(silenceMs > 0 && silenceMs < MOST_SILENCE_MS, `deaf for ${silenceMs} ms`);
    });
  }

  test('fifty of the largest bodies at once all get a response, and the memory of the service stays limited', async (t) => {
    const body = largest();
    const answers = await Promise.all(Array.from({ length: 50 }, () => postPatiently(service.url, body)));
    for (const answer of answers) assert.equal(answer.status, 200, answer.body.slice(0, 500));
    const peakKib = memoryKib(service.process.pid, 'VmHWM');
    const refusals = answers.reduce((sum, answer) => sum + answer.refusals, 0);
    t.diagnostic(`peak ${Math.round(peakKib / 1024)} MiB, ${refusals} refusals`);
    assert.ok(refusals > 0, 'they do not all fit at once');
    assert.ok(peakKib / 1024 < MOST_RESIDENT_MIB, `${peakKib} KiB`);
  });

  for (const encoding of ['utf-8', 'base64']) {
    test(`the service responds to others while it sends the largest response as ${encoding}`, async (t) => {
      const body = Buffer.from(JSON.stringify({ code: PRINTS_A_LOT, output_limit: '16m', output_encoding: encoding }));
      const silenceMs = await longestSilenceMs(service.url, async () => {
        const { status, body: text } = await post(service.url, body);
        const { stdout, stderr } = JSON.parse(text) as { stdout: string; stderr: string };
        assert.equal(status, 200);
        for (const stream of [stdout, stderr]) {
          assert.equal(Buffer.from(stream, encoding === 'base64' ? 'base64' : 'utf8').length, 16 * MEBIBYTE);
        }
      });
      t.diagnostic(`${silenceMs.toFixed(0)} ms`);
      assert.ok(silenceMs < MOST_SILENCE_MS, `deaf for ${silenceMs} ms`);
    });
  }

  test('the memory of unread responses is limited, and clients that read still get theirs', async () => {
    const bounded = await Service.start({
      RUNTIMES: 'python',
      PREBUILDS: 'off',
      MAX_CONCURRENT_RUNS: '2',
      MAX_BYTES_IN_FLIGHT: '67108864',
    });
    try {
      const body = Buffer.from(JSON.stringify({ code: PRINTS_A_LOT, output_limit: '16m' }));
      const head = `POST /run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      const silent = Array.from({ length: 6 }, () => connect(Number(new URL(bounded.url).port), '127.0.0.1').pause());
      for (const socket of silent) socket.write(Buffer.concat([Buffer.from(head), body]));
      // Two responses fill the budget, two more runs have ended and wait for it, and two runs wait for a slot.
      await eventually(async () => assert.equal(await bounded.metric('code_runner_queue_depth'), 2), 20_000);
      const residentMib = memoryKib(bounded.process.pid, 'VmRSS') / 1024;
      assert.ok(residentMib < 500, `${residentMib} MiB`);
      for (const socket of silent) socket.destroy();
      const { status } = await post(bounded.url, body);
      assert.equal(status, 200);
    } finally {
      assert.equal(await bounded.stop(), 0);
    }
  });
});
