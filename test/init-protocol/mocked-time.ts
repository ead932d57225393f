import { mock } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';

/** Mocked time advances in steps of at most this, so that the process does not seem busy. */
const TIME_STEP_MS = 100;

/** Lets packing and pending promises finish. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await tick();
}

/** Mocked timers; I/O stays real. */
export async function withTime(work: (pass: (ms: number) => Promise<void>) => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    await work(async (ms) => {
      for (let passed = 0; passed < ms; passed += TIME_STEP_MS) {
        mock.timers.tick(TIME_STEP_MS);
        await settle();
      }
    });
  } finally {
    mock.timers.reset();
  }
}
