import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { LimitPolicy } from '../../core/limits.ts';
import { formatSize } from '../../core/size.ts';
import type { RuntimeState } from '../../health/readiness.ts';
import type { Runtime, RuntimeRegistry } from '../../runtimes/registry.ts';
import { problemResponses } from '../errors.ts';
import type { HealthSource } from '../health/health-routes.ts';
import { jsonResponse } from '../openapi.ts';
import type { Env } from '../request-context.ts';

const numberBounds = z.object({ default: z.number(), max: z.number() });
const sizeBounds = z.object({ default: z.string().openapi({ example: '256m' }), max: z.string() });

const limitsSchema = z
  .object({
    timeout: numberBounds,
    compile_timeout: numberBounds,
    mem_limit: sizeBounds,
    cpu_shares: numberBounds,
    cpus: numberBounds,
    disk_limit: sizeBounds,
    pids_limit: numberBounds,
    output_limit: sizeBounds,
    allow_network: z.object({ default: z.boolean(), allowed: z.boolean() }),
  })
  .openapi('Limits');

const runtimesSchema = z
  .object({
    images: z.array(
      z.object({
        id: z.string().openapi({ example: 'code-runner-python' }),
        name: z.string(),
        aliases: z
          .array(z.string())
          .openapi({ description: 'Other names that `image` accepts', example: ['python3', 'py'] }),
        description: z.string(),
        version: z.string(),
        default_entrypoint: z.string(),
        file_extension: z.string(),
        main_file: z.string(),
        available: z.boolean(),
        unavailable_reason: z
          .string()
          .nullable()
          .openapi({ description: 'Why the runtime is not available and what to do; null if it is available' }),
        limits: limitsSchema,
      }),
    ),
    default: z.string().openapi({ description: 'The runtime of requests without `image`' }),
  })
  .openapi('Runtimes');

const ENGINE_AWAY = 'The container engine does not answer.';
const REASONS = {
  ready: null,
  missing: 'The image does not exist. Build it with npm run images.',
  broken: 'The image fails to run its sample program. Rebuild it with npm run images.',
} as const satisfies Record<RuntimeState, string | null>;

export interface RuntimesRouteOptions {
  readonly runtimes: Pick<RuntimeRegistry, 'all' | 'default'>;
  readonly policy: LimitPolicy;
  readonly health: Pick<HealthSource, 'health'>;
}

/** `GET /runtimes` and its alias `GET /images`. */
export function addRuntimesRoutes(app: OpenAPIHono<Env>, { runtimes, policy, health }: RuntimesRouteOptions): void {
  const limits = toLimits(policy);
  for (const path of ['/runtimes', '/images']) {
    const route = createRoute({
      method: 'get',
      path,
      summary: 'The runtimes and their limits',
      responses: {
        200: jsonResponse('Runtimes', runtimesSchema),
        ...problemResponses('unauthorized', 'forbidden'),
      },
    });
    app.openapi(route, async (c) => {
      const { engineConnected, runtimes: states } = await health.health();
      const images = runtimes.all.map((runtime) => {
        const reason = engineConnected ? REASONS[states.get(runtime.id) ?? 'missing'] : ENGINE_AWAY;
        return { ...describe(runtime), available: reason === null, unavailable_reason: reason, limits };
      });
      return c.json({ images, default: runtimes.default.image }, 200);
    });
  }
}

function describe({ image, manifest }: Runtime) {
  const aliases = manifest.aliases.map((alias) => (typeof alias === 'string' ? alias : alias.name));
  const { name, description, version, default_entrypoint, file_extension, main_file } = manifest;
  return { id: image, name, aliases, description, version, default_entrypoint, file_extension, main_file };
}

function toLimits(policy: LimitPolicy): z.output<typeof limitsSchema> {
  const seconds = (bounds: { default: number; max: number }) => ({
    default: bounds.default / 1000,
    max: bounds.max / 1000,
  });
  const size = (bounds: { default: number; max: number }) => ({
    default: formatSize(bounds.default),
    max: formatSize(bounds.max),
  });
  return {
    timeout: seconds(policy.timeoutMs),
    compile_timeout: seconds(policy.compileTimeoutMs),
    mem_limit: size(policy.memoryBytes),
    cpu_shares: policy.cpuShares,
    cpus: policy.cpus,
    disk_limit: size(policy.diskBytes),
    pids_limit: policy.pids,
    output_limit: size(policy.outputBytes),
    allow_network: { default: policy.networkDefault, allowed: policy.networkAllowed },
  };
}
