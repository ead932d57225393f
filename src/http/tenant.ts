import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { RunnerError } from '../core/errors.ts';
import type { Env } from './request-context.ts';

const HEADER = 'x-tenant';
const ANONYMOUS = 'anonymous';
const NAME = /^[\x20-\x7e]{1,128}$/;
/** Long enough that nobody can find two names with the same hash, which would make them one tenant. */
const KEY_DIGITS = 32;

/** The OpenAPI description of the header. */
export const TENANT_PARAMETER = {
  name: 'X-Tenant',
  in: 'header' as const,
  description:
    'On whose behalf the program runs, such as the id of a user. It divides one credential into many tenants: each has its own queue and limits, and tenants never share a sandbox. Without credentials it is accepted only if the operator has set `TRUST_TENANT_HEADER`.',
  schema: { type: 'string' as const, pattern: NAME.source },
};

/**
 * Sets `tenant` from the credential and `X-Tenant`. Ignores an invalid header: `refuseInvalidTenant` refuses the request after its
 * credentials have been checked.
 */
export function identifyTenant(trustsHeader: boolean): MiddlewareHandler<Env> {
  return async (c, next) => {
    const credential = c.get('credentialId') ?? ANONYMOUS;
    const name = c.req.header(HEADER);
    const isDivided = name !== undefined && problemWith(name, c, trustsHeader) === undefined;
    c.set('tenant', isDivided ? `${credential}/${tenantHash(credential, name)}` : credential);
    await next();
  };
}

/** Refuses requests whose `X-Tenant` header is invalid or not allowed. */
export function refuseInvalidTenant(trustsHeader: boolean): MiddlewareHandler<Env> {
  return async (c, next) => {
    const name = c.req.header(HEADER);
    const problem = name === undefined ? undefined : problemWith(name, c, trustsHeader);
    if (problem !== undefined) throw new RunnerError('invalid_request', `X-Tenant: ${problem}`);
    await next();
  };
}

/** What is wrong with the header and what would be right; `undefined` if nothing is wrong. */
function problemWith(name: string, c: Context<Env>, trustsHeader: boolean): string | undefined {
  if (c.get('credentialId') === undefined && !trustsHeader)
    return 'is accepted only with credentials. Leave it out, or let the operator set AUTH_TOKEN, CODE_RUNNER_API_KEYS or TRUST_TENANT_HEADER=true.';
  if (isRepeated(c)) return 'must occur once.';
  if (!NAME.test(name)) return 'must be 1 to 128 printable ASCII characters.';
  return undefined;
}

/** If a proxy adds its header to the caller's, both values would otherwise be read as one name that the caller can influence. */
function isRepeated(c: Context<Env>): boolean {
  return (c.env?.incoming?.headersDistinct[HEADER]?.length ?? 1) > 1;
}

/** Tenant names may be personal data, so the log gets a hash. The credential is part of it, so that names cannot be compared across credentials. */
function tenantHash(credential: string, name: string): string {
  return createHash('sha256').update(`${credential} ${name}`).digest('hex').slice(0, KEY_DIGITS);
}
