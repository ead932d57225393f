import type { Context, MiddlewareHandler } from 'hono';
import { RunnerError } from '../core/errors.ts';
import { type BodyBudget, SMALL_BODY_BYTES } from './body-budget.ts';
import { clientGone } from './client-gone.ts';
import { JsonScanner } from './json/json-scanner.ts';
import { parseJson, parseSkeleton } from './json/parse-json.ts';
import { readChunks } from './json/read-chunks.ts';
import type { Env } from './request-context.ts';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const RETRY_AFTER_MS = 2000;

export interface BodyOptions {
  readonly maxBytes: number;
  /** Budget for all bodies together, until their requests are answered (MAX_BYTES_IN_FLIGHT). */
  readonly budget: BodyBudget;
}

/**
 * Reads a JSON body for the validator. Before reading, it refuses a body with another content type, one that is too large, and one
 * that does not fit into the budget. Long strings of large bodies become `LongText`.
 */
export function jsonBody({ maxBytes, budget }: BodyOptions): MiddlewareHandler<Env> {
  return async (c, next) => {
    requireJsonType(c);
    const length = declaredLength(c);
    if (length !== undefined && length > maxBytes) throw tooLarge(maxBytes);
    const giveBack = budget.take(length ?? maxBytes);
    if (!giveBack) throw overBudget();
    try {
      let value = await readJson(c, length ?? Number.POSITIVE_INFINITY, maxBytes).catch((error) => {
        // If the client disconnected, that is the reason, not an error of the service.
        clientGone(c.req.raw.signal).throwIfAborted();
        throw error;
      });
      // The validator calls `json` once. Hono's own `json` would parse the body text, which no longer exists.
      const handOver = async () => {
        const body = value;
        value = undefined;
        return body;
      };
      Object.assign(c.req, { json: handOver });
      await next();
    } finally {
      const neededUntil = c.get('bodyNeededUntil');
      if (neededUntil) void neededUntil.then(giveBack);
      else giveBack();
    }
  };
}

function requireJsonType(c: Context): void {
  if (JSON_TYPE.test(c.req.header('content-type') ?? '')) return;
  throw new RunnerError('unsupported_media_type', 'Send the body as application/json.');
}

/** The `Content-Length`, which Node enforces; `undefined` for a chunked body. */
function declaredLength(c: Context): number | undefined {
  const length = c.req.header('content-length');
  return length === undefined || c.req.header('transfer-encoding') !== undefined ? undefined : Number(length);
}

async function readJson(c: Context, length: number, maxBytes: number): Promise<unknown> {
  if (length <= SMALL_BODY_BYTES) return parseJson(Buffer.from(await c.req.arrayBuffer()));
  const scanner = new JsonScanner();
  let bytes = 0;
  for await (const chunk of readChunks(c.req.raw.body)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    scanner.push(chunk);
  }
  return parseSkeleton(scanner.finish());
}

function tooLarge(maxBytes: number): RunnerError {
  return new RunnerError('payload_too_large', `The body must be at most ${maxBytes} bytes (MAX_BODY_BYTES).`);
}

function overBudget(): RunnerError {
  return new RunnerError('over_capacity', 'The requests in progress use too much memory. Try again later.', {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
