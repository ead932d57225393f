import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Env } from './request-context.ts';

/** Describes a response with a JSON body. */
export function jsonResponse<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}

/** Adds `GET /openapi.json`. It describes every route that was added to `app`. */
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
