// @shared-engine first: it takes long. What it asserts does not depend on what else runs on the machine.
// @both-isolations
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { IN_CELLS, type RunAnswer } from '../e2e/service.ts';
import { attackBody, neighbour, RUNTIME, Target } from './attack.ts';

/** Counts the sandboxes that runs have leased. */
const LEASES = `code_runner_pool_leases_total{image="code-runner-${RUNTIME}",origin="cold"}`;
/** The program that fills its sandbox looks at the cgroup's figures, which a cell does not show. */
const NO_FIGURES = IN_CELLS;
const COLLECTED_WITHIN_MS = 12_000;
/** Memory of four concurrent runs, each with 8 MiB of files, their archive, and the files as base64 in JSON. */
const MOST_GROWTH_MIB = 320;

function reasons(answer: RunAnswer): Record<string, string> {
  return Object.fromEntries(answer.output_files_omitted.map(({ path, reason }) => [path, reason]));
}

describe('hostile file names, links and output files', () => {
  let target: Target;
  before(async () => {
    target = await Target.start();
  });
  after(() => target.stop());

  for (const name of [
    '../evil',
    'a/../../evil',
    '/etc/passwd',
    '/workspace/x',
    '..',
    'a/..',
    '',
    'a\0b',
    'x'.repeat(256),
    'a/',
    './../x',
    'main.py/x',
    `${'a/'.repeat(2100)}x`,
  ]) {
    test(`the file name ${JSON.stringify(name.slice(0, 20))} (${name.length}) is refused before the engine is called`, async () => {
      const leases = await target.service.metric(LEASES);
      const response = await target.service.post(
        attackBody('neighbour.py', { files: { [name]: 'x', 'main.py': '' }, code: null }),
      );
      const problem = (await response.json()) as { detail: string };
      assert.equal(response.status, 400, JSON.stringify(problem));
      assert.match(problem.detail, /^Invalid filename: /);
      assert.equal(await target.service.metric(LEASES), leases, 'no sandbox was leased');
    });
  }

  test('links, devices, FIFOs, sockets, huge and unreadable files are not followed, opened, waited for or returned', async () => {
    const named = {
      passwd: 'not_regular',
      environ: 'not_regular',
      'environ-of-init': 'not_regular',
      'etc/passwd': 'not_regular',
      'root/etc/passwd': 'not_regular',
      'loop/honest': 'not_regular',
      itself: 'not_regular',
      zero: 'not_regular',
      fifo: 'not_regular',
      socket: 'not_regular',
      directory: 'not_regular',
      giant: 'too_large',
      unreadable: 'unreadable',
      'shut/inside': 'unreadable',
      '../etc/passwd': 'not_found',
      '/etc/passwd': 'not_found',
      'nothing-there': 'not_found',
    };
    const answer = await target.attack('output_links.py', {
      output_files: [...Object.keys(named), 'hardlink', 'honest'],
    });
    assert.equal(answer.status, 'completed', answer.stderr);
    assert.deepEqual(Object.keys(answer.output_files), ['honest']);
    const { hardlink, ...rest } = reasons(answer);
    assert.ok(hardlink !== undefined);
    assert.deepEqual(rest, named);
    const all = await target.attack('output_links.py', { output_files: ['**', '*/*', 'root/etc/*', 'etc/pass*'] });
    assert.deepEqual(
      Object.keys(all.output_files).filter((path) => !path.endsWith('.py')),
      ['honest'],
    );
    assert.doesNotMatch(JSON.stringify(all), /root:/);
  });

  test('a file and a link that are swapped during collection give the harmless file or nothing', async () => {
    for (let round = 0; round < 5; round += 1) {
      const answer = await target.attack('output_swap.py', {
        output_files: ['real/passwd', 'file', 'dir/passwd', '**'],
      });
      assert.equal(answer.status, 'completed', answer.stderr);
      assert.doesNotMatch(JSON.stringify(answer), /root:/);
      for (const [path, { content }] of Object.entries(answer.output_files)) {
        if (!path.endsWith('.py')) assert.equal(content, 'harmless');
      }
    }
  });

  test('names that are special to JavaScript or terminals are ordinary names', async () => {
    const answer = await target.attack('output_prototype.py', { output_files: ['*', '.*'] });
    const expected = ['..hidden', '-rf', 'constructor', 'toString', '__proto__', 'a\nb', '\x1b[31m', 'é'];
    const got = Object.keys(answer.output_files).filter((path) => !path.endsWith('.py'));
    assert.deepEqual(got.sort(), expected.sort());
    assert.equal(answer.output_files_omitted[0]?.reason, 'name_not_utf8');
    assert.equal(Object.getOwnPropertyDescriptor(Object.prototype, 'polluted'), undefined);
    assert.ok(Object.hasOwn(answer.metadata as object, '__proto__'));
  });

  test('the list of unreadable files is limited', async () => {
    const answer = await target.attack('output_names.py', {
      output_files: ['**'],
      environment: { COUNT: '20000' },
      mem_limit: '512m',
      timeout: 20,
    });
    assert.equal(answer.status, 'completed', answer.stderr);
    assert.ok(answer.output_files_omitted.length <= 1000, `${answer.output_files_omitted.length} names`);
  });

  test('patterns that are slow to match are abandoned', async () => {
    const giveUp = AbortSignal.timeout(COLLECTED_WITHIN_MS);
    const output_files = Array.from({ length: 100 }, (_, index) => `**/*${'a'.repeat(120)}b${index}`);
    const response = await target.service.post(attackBody('glob_bomb.py', { output_files, timeout: 5 }), {
      signal: giveUp,
    });
    assert.equal(response.status, 200);
    const { status, output_files_omitted } = (await response.json()) as RunAnswer;
    assert.equal(status, 'completed', 'the result is not lost');
    assert.deepEqual([output_files_omitted.length, output_files_omitted[0]?.reason], [100, 'not_collected']);
  });

  for (const mode of ['000', '111', '444']) {
    test(`directories that cannot be read or searched (mode ${mode}) are reported, and the result is kept`, async () => {
      const answer = await target.attack('output_shut.py', {
        args: [mode],
        output_files: ['file', 'inner/file', '*', '**/file', 'nothing'],
      });
      assert.deepEqual([answer.status, answer.stdout], ['completed', 'shut\n'], answer.stderr);
      for (const { content } of Object.values(answer.output_files))
        assert.ok(content === 'x' || content.includes('import'));
      const reported = [...Object.keys(answer.output_files), ...Object.keys(reasons(answer))];
      for (const path of ['file', 'inner/file'])
        assert.ok(reported.includes(path), `${path}: ${JSON.stringify(answer)}`);
      assert.ok(answer.metadata === null || answer.metadata === 'set');
    });
  }

  /** Programs that create too many or too large files, and what the response must say about it. */
  const many: Record<string, (answer: RunAnswer) => void> = {
    files: ({ output_files, output_files_omitted }) => {
      assert.equal(Object.keys(output_files).length, 1000);
      assert.deepEqual(
        output_files_omitted.map(({ reason }) => reason),
        ['too_many'],
      );
    },
    sparse: ({ output_files, output_files_omitted }) => {
      const returned = Object.values(output_files).reduce((sum, { size }) => sum + size, 0);
      assert.ok(returned <= 8 * 1024 ** 2 && returned > 4 * 1024 ** 2, `${returned} bytes`);
      assert.ok(output_files_omitted.some(({ reason }) => reason === 'too_large'));
    },
    hardlinks: ({ output_files, output_files_omitted }) => {
      assert.equal(Object.keys(output_files).filter((path) => /^\d+$/.test(path)).length, 1);
      assert.ok(output_files_omitted.some(({ reason }) => reason === 'too_large'));
    },
    names: ({ output_files, output_files_omitted }) => {
      assert.ok(Object.keys(output_files).length <= 1000);
      assert.ok(output_files_omitted.some(({ reason }) => reason === 'not_collected' || reason === 'too_many'));
    },
    'invalid-names': ({ output_files, output_files_omitted }) => {
      assert.deepEqual(
        Object.keys(output_files).filter((path) => !path.endsWith('.py')),
        [],
      );
      assert.ok(output_files_omitted.some(({ reason }) => reason === 'name_not_utf8'));
      assert.ok(output_files_omitted.some(({ reason }) => reason === 'too_many'));
    },
    directories: ({ output_files, output_files_omitted }) => {
      const reported = [...Object.keys(output_files), ...output_files_omitted.map(({ reason }) => reason)];
      assert.ok(reported.includes('main.py') || reported.includes('not_collected'), reported.join());
    },
    links: ({ output_files }) => {
      assert.equal(output_files['target']?.content, 'x');
      assert.ok(Object.keys(output_files).every((path) => path === 'target' || path.endsWith('.py')));
    },
    bytes: ({ output_files, output_files_omitted }) => {
      assert.ok(Object.keys(output_files).length + output_files_omitted.length >= 8);
    },
  };
  for (const [kind, assertTold] of Object.entries(many)) {
    test(`too many or too much: ${kind}`, async () => {
      const answer = await target.attack('output_many.py', {
        args: [kind],
        output_files: ['**'],
        timeout: 20,
        mem_limit: '512m',
      });
      assert.deepEqual([answer.status, answer.stdout], ['completed', 'left\n'], answer.stderr);
      assertTold(answer);
    });
  }

  for (const spareKibibytes of [2048, 256, 64, 0]) {
    test(`a sandbox that is full except for ${spareKibibytes} KiB still has a result`, {
      skip: NO_FIGURES,
    }, async () => {
      const answer = await target.attack('output_full.py', {
        args: [`${spareKibibytes}`],
        output_files: ['small', 'large', '*.py'],
        mem_limit: '48m',
      });
      assert.ok(['completed', 'out_of_memory'].includes(answer.status), JSON.stringify(answer));
      if (answer.status === 'out_of_memory') return;
      assert.equal(answer.stdout, 'full\n');
      const reported = {
        ...reasons(answer),
        ...Object.fromEntries(Object.keys(answer.output_files).map((path) => [path, 'returned'])),
      };
      assert.equal(reported['large'], 'too_large');
      assert.ok(['returned', 'not_collected'].includes(reported['small'] ?? ''), JSON.stringify(reported));
    });
  }

  test('end when their client disconnects', async () => {
    await target.assertUntouched();
  });

  const metadata: Record<string, unknown> = {
    infinity: null,
    duplicate: { a: 1 },
    'not-json': null,
    'too-large': null,
    sparse: null,
    fifo: null,
    link: null,
    directory: null,
    unreadable: null,
    binary: null,
  };
  for (const [kind, expected] of Object.entries(metadata)) {
    test(`metadata: ${kind}`, async () => {
      const answer = await target.attack('metadata.py', { args: [kind] });
      assert.deepEqual([answer.status, answer.stdout], ['completed', 'written\n'], answer.stderr);
      assert.deepEqual(answer.metadata, expected);
    });
  }
  test('metadata: arrays of any depth', async () => {
    for (const depth of [400, 3000, 4500, 8000]) {
      const { answer } = await target.answerTo('metadata.py', {
        args: ['deep-arrays'],
        environment: { DEPTH: `${depth}` },
      });
      assert.equal(answer.status, 'completed');
    }
  });
  for (const kind of ['deep-arrays', 'deep-objects', 'number', 'surrogate']) {
    test(`metadata: ${kind} does not affect the rest of the response`, async () => {
      const answer = await target.attack('metadata.py', { args: [kind] });
      assert.deepEqual([answer.status, answer.stdout], ['completed', 'written\n'], answer.stderr);
    });
  }
});

test('the memory of the service is limited, whatever many programs leave behind at the same time', async () => {
  const target = await Target.start({ MAX_CONCURRENT_RUNS: '4', MAX_QUEUE: '100' });
  const before = target.peakMemoryKib({ anew: true });
  const kinds = ['bytes', 'sparse', 'names', 'hardlinks', 'invalid-names', 'files'];
  const bodies = [...kinds, ...kinds, ...kinds, ...kinds].map((kind) =>
    attackBody('output_many.py', {
      args: [kind],
      output_files: ['**'],
      output_encoding: 'base64',
      timeout: 20,
      mem_limit: '512m',
    }),
  );
  const answers = await Promise.all(bodies.map((body) => target.service.run(body)));
  for (const { status } of answers) assert.equal(status, 'completed');
  const grownMib = (target.peakMemoryKib() - before) / 1024;
  console.log(`the service grew by ${grownMib.toFixed(0)} MiB at its peak`);
  assert.ok(grownMib < MOST_GROWTH_MIB, `${grownMib} MiB`);
  await neighbour(target.service);
  await target.stop();
});
