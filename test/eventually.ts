import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/**
 * Tries repeatedly until the check succeeds. Throws the last failure if it does not succeed in time. Choose a generous limit.
 * Give `assert.ok` a message: without one, Node reads and parses the test's source at every failure, which takes seconds.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  // Not performance.now(), which tests set to a time of their own.
  const deadline = Date.now() + withinMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}
