import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Env } from './request-context.ts';

/** A response with a JSON body, as a route describes it. */
export function jsonResponse<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}

/** `GET /openapi.json`: describes every route that `app` has by then. */
export function addOpenApi(app: OpenAPIHono<Env>, version: string): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'code-runner', version, description: 'Runs untrusted code in single-use sandboxes.' },
    security: [{ apiKey: [] }, { bearer: [] }],
  });
}
