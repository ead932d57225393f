import type { BareProgram } from '../bare-program.ts';
import { Client } from '../client.ts';
import { percentile, round, sum } from '../statistics.ts';
import { loadSubject, type Subject } from '../subjects.ts';

/** Many tests of one program, compared with as many bare runs. Medians over the rounds, in milliseconds. */
export interface TestsOverhead {
  readonly runtime: string;
  readonly tests: number;
  /** Response time. */
  readonly answerMs: number;
  /** The compile phase in the response time. */
  readonly compileMs: number;
  /** The same number of bare runs, one after the other, without compiling. */
  readonly bareMs: number;
}

export interface OverheadOptions {
  readonly runtime: string;
  readonly tests: number;
  readonly rounds: number;
}

/** The sample program of a runtime, judged by tests that expect its output. */
export async function measureTestsOverhead(
  serviceUrl: string,
  bare: BareProgram,
  { runtime, tests, rounds }: OverheadOptions,
): Promise<TestsOverhead> {
  const subject = loadSubject(runtime);
  using client = new Client(serviceUrl, 1);
  await judgeSample(client, subject, 1);
  const measured: Record<'answerMs' | 'compileMs' | 'bareMs', number>[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    const times = await bare.measure(subject, { count: tests, gapMs: 0 });
    measured.push({
      ...(await judgeSample(client, subject, tests)),
      bareMs: sum(times.map((phases) => phases.at(-1) ?? Number.NaN)),
    });
  }
  const median = (name: 'answerMs' | 'compileMs' | 'bareMs') =>
    round(
      percentile(
        measured.map((each) => each[name]),
        0.5,
      ),
    );
  return { runtime, tests, answerMs: median('answerMs'), compileMs: median('compileMs'), bareMs: median('bareMs') };
}

async function judgeSample(client: Client, { runtime }: Subject, count: number) {
  const { code, stdout } = runtime.sample;
  const tests = Array.from({ length: count }, () => ({ expected_stdout: stdout }));
  const reply = await client.run(Buffer.from(JSON.stringify({ image: runtime.id, code, tests, comparison: 'exact' })));
  if (reply.answer?.verdict !== 'accepted' || reply.answer.tests?.length !== count) {
    throw new Error(`the sample of ${runtime.id} was told ${reply.answer?.verdict ?? reply.code}`);
  }
  return { answerMs: reply.outsideMs, compileMs: reply.answer.timings.compile_ms };
}
