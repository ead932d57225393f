import { type Logger, pino } from 'pino';
import type { LogLevel } from '../config/config.ts';

const PINO_LEVELS = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/** JSON lines on standard output; errors with their causes. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level: PINO_LEVELS[level], base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
