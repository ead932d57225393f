import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { RunRecorder } from '../runs/recorder.ts';

/** What every handler finds in its context. */
export interface Variables {
  requestId: string;
  /** Names the credentials that were accepted and tells nothing about them; `undefined` where there were none. */
  credentialId?: string;
  /** Of `POST /run` alone. */
  run?: RunRecorder;
}

export interface Env {
  Variables: Variables;
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** Takes the caller's request id, or makes one, and echoes it. */
export const requestId: MiddlewareHandler<Env> = async (c, next) => {
  const given = c.req.header('x-request-id');
  const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  c.set('requestId', id);
  // Before the answer: a header that is added to an answer makes it anew.
  c.header('x-request-id', id);
  await next();
};
