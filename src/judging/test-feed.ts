import type { Command } from '../core/command.ts';
import type { Execution, TestResult } from '../core/result.ts';

/** Follows the tests of a judged run. */
export interface TestFeed {
  /** The command to run instead of this one, which is that of the test with this index. */
  follow(command: Command, test: number): FollowedTest;
  /** Called with each result in order, also of tests that are not run. */
  ended(result: TestResult): void;
}

export interface FollowedTest {
  readonly command: Command;
  /** Call with the execution when it has ended. */
  finish(execution: Execution): Promise<void>;
}

/** For tests that nobody follows. */
export const NO_TEST_FEED: TestFeed = {
  follow: (command) => ({ command, finish: () => Promise.resolve() }),
  ended: () => undefined,
};
