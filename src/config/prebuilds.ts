import type { Values } from './values.ts';

/** How prebuilds are built and kept. */
export interface PrebuildConfig {
  readonly hasNetwork: boolean;
  readonly limits: {
    readonly timeoutMs: number;
    readonly memoryBytes: number;
    readonly cpus: number;
    /** Maximum size that an image may add to its base. */
    readonly maxBytes: number;
    /** Space that must stay free on the engine's disk. */
    readonly reserveBytes: number;
  };
  readonly maxConcurrentBuilds: number;
  readonly inlineDependencies: boolean;
  readonly cleanUpEveryMs: number;
  readonly maxAgeMs: number;
  /** Proxy variables for builds. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Path of a certificate file for builds behind a proxy that re-signs TLS. */
  readonly certificates: string | undefined;
}

/** Set in upper and in lower case, because some programs read one and some the other. */
const PROXY_NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;

/** Returns `undefined` if prebuilds are off. */
export function toPrebuildConfig(values: Values, environment: NodeJS.ProcessEnv): PrebuildConfig | undefined {
  if (values.PREBUILDS === 'off') return undefined;
  return {
    hasNetwork: values.PREBUILD_NETWORK === 'bridge',
    limits: {
      timeoutMs: values.PREBUILD_TIMEOUT,
      memoryBytes: values.PREBUILD_MEMORY,
      cpus: values.PREBUILD_CPUS,
      maxBytes: values.PREBUILD_MAX_MB,
      reserveBytes: values.PREBUILD_RESERVE_MB,
    },
    maxConcurrentBuilds: values.PREBUILD_CONCURRENCY,
    inlineDependencies: values.INLINE_DEPENDENCIES,
    cleanUpEveryMs: values.CLEANUP_INTERVAL_HOURS,
    maxAgeMs: values.CLEANUP_MAX_AGE_DAYS,
    proxies: Object.fromEntries(PROXY_NAMES.flatMap((name) => proxy(name, values[name], environment))),
    certificates: values.NODE_EXTRA_CA_CERTS ?? values.SSL_CERT_FILE,
  };
}

/** If only one spelling is set, it is used for both. */
function proxy(name: string, upper: string | undefined, environment: NodeJS.ProcessEnv): [string, string][] {
  const lower = environment[name.toLowerCase()]?.trim() || undefined;
  const value = upper ?? lower;
  return value === undefined
    ? []
    : [
        [name, value],
        [name.toLowerCase(), lower ?? value],
      ];
}
