import type { MiddlewareHandler } from 'hono';
import { readChunks } from './json/read-chunks.ts';
import type { Env } from './request-context.ts';

/**
 * If a response is ready before the whole request has arrived, reads and drops the rest of the request before it ends the response. A server
 * that closes the connection earlier resets it, and the client may lose the response. The time limit of a request limits the wait.
 */
export const discardUnreadBody: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  if (c.env?.incoming?.complete !== false) return;
  const content = new Uint8Array(await c.res.arrayBuffer());
  const request = c.req.raw.body;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(content),
    async pull(controller) {
      await discard(request);
      controller.close();
    },
  });
  const headers = new Headers(c.res.headers);
  // So that the client knows at once that the response is complete.
  headers.set('content-length', String(content.length));
  c.res = new Response(body, { status: c.res.status, headers });
};

async function discard(request: ReadableStream<Uint8Array> | null): Promise<void> {
  try {
    for await (const _ of readChunks(request));
  } catch {
    // The client has disconnected, so the response need not be completed.
  }
}
