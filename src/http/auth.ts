import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { RunnerError } from '../core/errors.ts';

export interface Credentials {
  readonly apiKeys: readonly string[];
  readonly token: string | undefined;
}

/** What a health check may ask without credentials. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/', '/health', '/livez', '/readyz']);

export function isAuthEnabled({ apiKeys, token }: Credentials): boolean {
  return apiKeys.length > 0 || token !== undefined;
}

/** Guards every route but the open ones, before anything of the body is read. */
export function authenticate(credentials: Credentials): MiddlewareHandler {
  const apiKeys = credentials.apiKeys.map(digest);
  const tokens = credentials.token === undefined ? [] : [digest(credentials.token)];
  const enabled = isAuthEnabled(credentials);
  return async (c, next) => {
    if (enabled && !OPEN_PATHS.has(c.req.path)) {
      const apiKey = c.req.header('x-api-key');
      const accepted = isOneOf(apiKey, apiKeys) || isOneOf(bearerToken(c.req.header('authorization')), tokens);
      if (!accepted) throw refusal(apiKey);
    }
    await next();
  };
}

function refusal(apiKey: string | undefined): RunnerError {
  if (apiKey) return new RunnerError('forbidden', 'Invalid API Key');
  return new RunnerError('unauthorized', 'Not authenticated. Provide X-API-Key header or Authorization Bearer token.');
}

function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(.*)$/i.exec(header ?? '')?.[1];
}

/** Compares digests of equal length with every candidate, so that the time taken tells nothing about any of them. */
function isOneOf(given: string | undefined, candidates: readonly Buffer[]): boolean {
  if (given === undefined) return false;
  const wanted = digest(Buffer.from(given, 'latin1'));
  return candidates.reduce((found, candidate) => timingSafeEqual(candidate, wanted) || found, false);
}

/** Header values arrive as latin1, whatever bytes the client sent; the configured secrets are UTF-8. */
function digest(secret: string | Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}
