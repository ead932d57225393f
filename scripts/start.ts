import { loadConfig } from '../src/config/config.ts';
import { prepare } from './prepare.ts';
import { UserError } from './shell.ts';

/** `npm start`: prepares the machine, then runs the service in this process. */
try {
  await prepare(loadConfig());
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
}
await import('../src/main.ts');
