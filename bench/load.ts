import { setTimeout as sleep } from 'node:timers/promises';

/** Does something `count` times, one at a time, starting at a steady pace. */
export async function gently<T>(count: number, gapMs: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) {
    const beganAt = performance.now();
    results.push(await work());
    const restMs = gapMs - (performance.now() - beganAt);
    if (restMs > 0) await sleep(restMs);
  }
  return results;
}

export interface LoopPlan {
  readonly clients: number;
  readonly leadMs: number;
  readonly windowMs: number;
}

export interface LoopResult<T> {
  /** Durations of everything that ended within the window. */
  readonly results: readonly T[];
  readonly perSecond: number;
}

/** Clients that send the next request as soon as they have a response. Only responses within the window count. */
export async function closedLoop<T>(plan: LoopPlan, work: () => Promise<T>): Promise<LoopResult<T>> {
  const opensAt = performance.now() + plan.leadMs;
  const closesAt = opensAt + plan.windowMs;
  const results: T[] = [];
  const client = async () => {
    while (performance.now() < closesAt) {
      const result = await work();
      const now = performance.now();
      if (now >= opensAt && now < closesAt) results.push(result);
    }
  };
  await Promise.all(Array.from({ length: plan.clients }, client));
  return { results, perSecond: (results.length * 1000) / plan.windowMs };
}
