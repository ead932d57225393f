/** How long the engine may take over anything before it is asked whether it is alive. */
const SUSPICION_MS = 700;

/**
 * Waits for a call to the engine, but no longer than the engine is alive: one that hangs would otherwise hang every run.
 * A slow engine that still answers pings is waited for. Rejects as `ping` does when it does not.
 */
export async function withLivenessCheck<T>(call: Promise<T>, ping: () => Promise<void>): Promise<T> {
  let isSettled = false;
  let timer: NodeJS.Timeout | undefined;
  const death = new Promise<never>((_, reject) => {
    const watch = () => {
      if (!isSettled) timer = setTimeout(() => ping().then(watch, reject), SUSPICION_MS);
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
