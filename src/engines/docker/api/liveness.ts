/** If a call takes longer than this, the engine is pinged. */
const PING_AFTER_MS = 700;

/**
 * Waits for a call as long as the engine answers pings, so that a hanging engine does not block runs. Rejects as `ping` does if the
 * engine does not answer a ping.
 */
export async function withLivenessCheck<T>(call: Promise<T>, ping: () => Promise<void>): Promise<T> {
  let isSettled = false;
  let timer: NodeJS.Timeout | undefined;
  const death = new Promise<never>((_, reject) => {
    const watch = () => {
      if (!isSettled) timer = setTimeout(() => ping().then(watch, reject), PING_AFTER_MS);
    };
    watch();
  });
  try {
    return await Promise.race([call, death]);
  } finally {
    isSettled = true;
    clearTimeout(timer);
  }
}
