import type { Client, Reply } from '../client.ts';
import { judgeRequest, type Problem, type Solution } from '../judge/corpus.ts';

/** A solution to judge in one runtime. */
export interface Submission {
  readonly problem: Problem;
  readonly solution: Solution;
}

export function submissionsOf(problems: readonly Problem[], runtimes: readonly string[]): Submission[] {
  return problems.flatMap((problem) =>
    problem.solutions.filter(({ runtime }) => runtimes.includes(runtime)).map((solution) => ({ problem, solution })),
  );
}

/** Judges a submission by its problem's tests. */
export function submit(client: Client, { problem, solution }: Submission): Promise<Reply> {
  return client.run(Buffer.from(JSON.stringify(judgeRequest(problem, solution))));
}

export function nameOf({ solution: { problem, file, runtime } }: Submission): string {
  return `${problem}/${file} ${runtime}`;
}

/** The verdict, or why there is none. */
export function verdictOf({ answer, code, httpStatus }: Reply): string {
  return answer?.verdict ?? code ?? `HTTP ${httpStatus}`;
}
