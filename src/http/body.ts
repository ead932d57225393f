import { isUtf8 } from 'node:buffer';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { RunnerError } from '../run/errors.ts';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** Refuses bodies that are not JSON by their type, too large, or not UTF-8, in that order; the first two before reading. */
export function jsonBody(maxBytes: number): MiddlewareHandler[] {
  return [requireJsonType, limitBody(maxBytes), requireUtf8];
}

const requireJsonType: MiddlewareHandler = async (c, next) => {
  if (!JSON_TYPE.test(c.req.header('content-type') ?? '')) {
    throw new RunnerError('unsupported_media_type', 'Send the body as application/json.');
  }
  await next();
};

function limitBody(maxBytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new RunnerError('payload_too_large', `The body is over the limit of ${maxBytes} bytes (MAX_BODY_BYTES).`);
    },
  });
}

/** JSON is UTF-8; a lenient decoder would silently change the program. */
const requireUtf8: MiddlewareHandler = async (c, next) => {
  if (!isUtf8(await c.req.arrayBuffer())) throw new RunnerError('malformed_json', 'The body is not valid UTF-8.');
  await next();
};
