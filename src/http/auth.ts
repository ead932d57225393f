import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { RunnerError } from '../core/errors.ts';
import type { Env } from './request-context.ts';

export interface Credentials {
  readonly apiKeys: readonly string[];
  readonly token: string | undefined;
}

/** Routes that need no credentials: health checks use them. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(['/', '/health', '/livez', '/readyz']);

/** Long enough to tell credentials apart, too short to search for the secret. */
const CREDENTIAL_ID_DIGITS = 12;

export function isAuthEnabled({ apiKeys, token }: Credentials): boolean {
  return apiKeys.length > 0 || token !== undefined;
}

/** Sets `credentialId` if the request has valid credentials. Refuses nothing. */
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

/** Refuses requests that `identify` did not accept, before their body is read. The open routes are exempt. */
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

/** The digest of the given secret if it matches a candidate. Compares with every candidate, so that the time reveals nothing. */
function acceptedOf(given: string | undefined, candidates: readonly Buffer[]): Buffer | undefined {
  if (given === undefined) return undefined;
  const wanted = digest(Buffer.from(given, 'latin1'));
  const found = candidates.reduce((found, candidate) => timingSafeEqual(candidate, wanted) || found, false);
  return found ? wanted : undefined;
}

/** Node decodes header values as latin1, so re-encoding them as latin1 gives the bytes that were sent. Configured secrets are UTF-8. */
function digest(secret: string | Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}
