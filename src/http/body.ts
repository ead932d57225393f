import { isUtf8 } from 'node:buffer';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { RunnerError } from '../core/errors.ts';

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

/** A declared length is judged by itself, since the server reads no more than that; what has none is counted as it comes. */
function limitBody(maxBytes: number): MiddlewareHandler {
  const refuse = () => {
    throw new RunnerError('payload_too_large', `The body is over the limit of ${maxBytes} bytes (MAX_BODY_BYTES).`);
  };
  const count = bodyLimit({ maxSize: maxBytes, onError: refuse });
  return async (c, next) => {
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return count(c, next);
    return Number(length) > maxBytes ? refuse() : next();
  };
}

const decoder = new TextDecoder();

/**
 * JSON is UTF-8; a lenient decoder would silently change the program. The text is left where the validator looks for it:
 * hono would build a response object and a stream to turn bytes into text.
 */
const requireUtf8: MiddlewareHandler = async (c, next) => {
  const bytes = await c.req.arrayBuffer();
  if (!isUtf8(bytes)) throw new RunnerError('malformed_json', 'The body is not valid UTF-8.');
  Object.assign(c.req.bodyCache, { text: Promise.resolve(decoder.decode(bytes)) });
  await next();
};
