import type { Client, Reply } from '../client.ts';
import { type JudgeTest, judgeRequest, type Problem, type Solution } from '../judge/corpus.ts';

/** A solution on its way to be judged. */
export interface Submission {
  readonly problem: Problem;
  readonly solution: Solution;
}

export function submissionsOf(problems: readonly Problem[], runtimes: readonly string[]): Submission[] {
  return problems.flatMap((problem) =>
    problem.solutions.filter(({ runtime }) => runtimes.includes(runtime)).map((solution) => ({ problem, solution })),
  );
}

/** Has a submission judged by its problem's tests, or by these in their place. */
export function submit(client: Client, submission: Submission, tests?: readonly JudgeTest[]): Promise<Reply> {
  const request = judgeRequest(submission.problem, submission.solution);
  return client.run(Buffer.from(JSON.stringify(tests ? { ...request, tests } : request)));
}

export function nameOf({ solution: { problem, file, runtime } }: Submission): string {
  return `${problem}/${file} ${runtime}`;
}

/** The verdict, or why there is none. */
export function verdictOf({ answer, code, httpStatus }: Reply): string {
  return answer?.verdict ?? code ?? `HTTP ${httpStatus}`;
}
