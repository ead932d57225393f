import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { MiddlewareHandler } from 'hono';
import type { RunRecorder } from '../runs/recorder.ts';

/** The variables in the context of every handler. */
export interface Variables {
  requestId: string;
  /** A name for the accepted credentials that does not reveal them; `undefined` if there were none. */
  credentialId?: string;
  /** Key of the tenant: `anonymous` or the credential id, and a hash of `X-Tenant` if there is one. Only for `POST /run` and `POST /diagnose`. */
  tenant: string;
  /** Only for `POST /run`. */
  run?: RunRecorder;
  /** Settles when nothing of the request's body is needed any more, if that is after the response has begun. Never rejects. */
  bodyNeededUntil?: Promise<void>;
  /** For the log and the metrics. Only for `POST /diagnose`. */
  diagnosis?: { readonly runtime: string | undefined; readonly problems: number };
}

export interface Env {
  /** Of the HTTP server; not there where a test calls the edge without one. */
  Bindings?: { readonly incoming?: IncomingMessage };
  Variables: Variables;
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** Uses the caller's request id or creates one, and returns it in the response. */
export const requestId: MiddlewareHandler<Env> = async (c, next) => {
  const given = c.req.header('x-request-id');
  const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  c.set('requestId', id);
  // Set before there is a response: adding a header to a finished response would copy it.
  c.header('x-request-id', id);
  await next();
};
