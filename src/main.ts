import { start } from './bootstrap/start.ts';
import { loadConfig } from './config/config.ts';

try {
  await start(loadConfig());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
