import { createService } from './bootstrap/service.ts';
import { loadConfig } from './config/config.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The first signal drains the service; a second one exits immediately. */
function stopOnSignals(stop: () => Promise<boolean>): void {
  const exitNow = () => process.exit(1);
  const drain = () => {
    for (const signal of SIGNALS) process.off(signal, drain).on(signal, exitNow);
    void stop().then((isClean) => process.exit(isClean ? 0 : 1));
  };
  for (const signal of SIGNALS) process.on(signal, drain);
}

try {
  const service = createService(loadConfig());
  await service.start();
  stopOnSignals(() => service.stop());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
