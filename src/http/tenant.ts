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
    'Who runs the program, such as the id of a user. Each value is a tenant of its own under the request’s credential: it has its own queue and limits. Tenants never share a sandbox. Without credentials the header is accepted only if the operator has set `TRUST_TENANT_HEADER`.',
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

/** A proxy may add its header to one that the caller sent. Node joins both into one name, which the caller would control in part. */
function isRepeated(c: Context<Env>): boolean {
  return (c.env?.incoming?.headersDistinct[HEADER]?.length ?? 1) > 1;
}

/** Names may be personal data, so only their hash is logged. It includes the credential, so names cannot be compared across credentials. */
function tenantHash(credential: string, name: string): string {
  return createHash('sha256').update(`${credential} ${name}`).digest('hex').slice(0, KEY_DIGITS);
}
