import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { cutEcho } from '../core/echo.ts';
import { RunnerError } from '../core/errors.ts';
import { OPEN_PATHS } from './auth.ts';

/** Allows every host name. */
const ANY = '*';
const HOST = /^(\[[0-9a-f:.]+\]|[^\s/?#@\\:[\]]+)(?::\d+)?$/i;

/**
 * Protects a service without credentials from malicious web pages. A page can make a browser send requests to any address that the
 * browser can reach, and its own host name can be pointed at this service (DNS rebinding). Only the headers distinguish such requests
 * from others. Health checks stay open: they change nothing and reveal nothing secret.
 */
export function refuseForeignPages(allowedHosts: readonly string[]): MiddlewareHandler {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return async (c, next) => {
    if (!OPEN_PATHS.has(c.req.path)) {
      const host = c.req.header('host');
      requireKnownHost(host, allowed);
      requireOwnOrigin(c.req.header('origin'), host);
      if (c.req.header('sec-fetch-site') === 'cross-site') throw foreignPage();
    }
    await next();
  };
}

/** A request without a `Host` header is allowed, because every browser sends one. */
function requireKnownHost(host: string | undefined, allowed: ReadonlySet<string>): void {
  if (host === undefined || allowed.has(ANY)) return;
  const name = HOST.exec(host)?.[1]?.toLowerCase();
  if (name !== undefined && (isLoopbackName(name) || isAddress(name) || allowed.has(name))) return;
  throw new RunnerError(
    'forbidden',
    `Without credentials this service accepts only loopback names, IP addresses and the names in ALLOWED_HOSTS as its host name. '${cutEcho(host)}' is none of them. Add it to ALLOWED_HOSTS, or set AUTH_TOKEN or CODE_RUNNER_API_KEYS.`,
  );
}

/** These names are never looked up in DNS, so nobody can point them elsewhere. */
function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

function requireOwnOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  const own = ['http', 'https'].map((scheme) => `${scheme}://${host?.toLowerCase()}`);
  if (!own.includes(origin.toLowerCase())) throw foreignPage();
}

function foreignPage(): RunnerError {
  return new RunnerError(
    'forbidden',
    'Without credentials this service refuses requests from web pages of other origins. Set AUTH_TOKEN or CODE_RUNNER_API_KEYS, and send the credentials with the request.',
  );
}
