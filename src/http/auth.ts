import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { RunnerError } from '../core/errors.ts';
import type { Env } from './request-context.ts';

export interface Credentials {
  readonly apiKeys: readonly string[];
  readonly token: string | undefined;
}

/** What a health check may ask without credentials. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/', '/health', '/livez', '/readyz']);

/** Enough of a digest to tell credentials apart, too little to find them. */
const CREDENTIAL_ID_DIGITS = 12;

export function isAuthEnabled({ apiKeys, token }: Credentials): boolean {
  return apiKeys.length > 0 || token !== undefined;
}

/** Names the credentials that a request has, where they are accepted; refuses nothing. */
export function identify(credentials: Credentials): MiddlewareHandler<Env> {
  const apiKeys = credentials.apiKeys.map(digest);
  const tokens = credentials.token === undefined ? [] : [digest(credentials.token)];
  return async (c, next) => {
    const token = bearerToken(c.req.header('authorization'));
    const accepted = acceptedOf(c.req.header('x-api-key'), apiKeys) ?? acceptedOf(token, tokens);
    if (accepted) c.set('credentialId', accepted.toString('hex').slice(0, CREDENTIAL_ID_DIGITS));
    await next();
  };
}

/** Guards every route but the open ones against requests that `identify` did not name, before anything of the body is read. */
export const authenticate: MiddlewareHandler<Env> = async (c, next) => {
  const isOpen = OPEN_PATHS.has(c.req.path);
  if (!isOpen && c.get('credentialId') === undefined) throw refusal(c.req.header('x-api-key'));
  await next();
};

function refusal(apiKey: string | undefined): RunnerError {
  if (apiKey) return new RunnerError('forbidden', 'Invalid API Key');
  return new RunnerError('unauthorized', 'Not authenticated. Provide X-API-Key header or Authorization Bearer token.');
}

function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(.*)$/i.exec(header ?? '')?.[1];
}

/** The digest of what was given, where it is that of a candidate. Compares with every one, so that the time taken tells nothing about any of them. */
function acceptedOf(given: string | undefined, candidates: readonly Buffer[]): Buffer | undefined {
  if (given === undefined) return undefined;
  const wanted = digest(Buffer.from(given, 'latin1'));
  const found = candidates.reduce((found, candidate) => timingSafeEqual(candidate, wanted) || found, false);
  return found ? wanted : undefined;
}

/** Header values arrive as latin1, whatever bytes the client sent; the configured secrets are UTF-8. */
function digest(secret: string | Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}
