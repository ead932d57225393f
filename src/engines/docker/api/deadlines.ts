/**
 * How long the engine may take for each call, in milliseconds, from the request to the end of the response. A busy engine takes
 * seconds to create, start or remove a container. For `attach container`, the deadline ends when the connection is upgraded; after
 * that, the session has its own deadlines.
 */
export const DEADLINES_MS = {
  ping: 1000,
  'create container': 30_000,
  'attach container': 10_000,
  'start container': 30_000,
  /** Takes 20 ms. After this, the run gets another container. */
  'update container': 2000,
  'remove container': 30_000,
  'list containers': 10_000,
  'inspect container': 10_000,
  /** The engine visits all files. */
  'measure container': 60_000,
  'count processes': 10_000,
  /** The engine copies all files. */
  'commit container': 300_000,
  'stat file': 30_000,
  'read files': 30_000,
  'write files': 30_000,
  'inspect image': 10_000,
  'list images': 5000,
  'tag image': 10_000,
  /** The engine deletes all files. */
  'remove image': 60_000,
  'list networks': 10_000,
  'create network': 10_000,
  'remove network': 10_000,
  /** Only for the scripts that prepare a machine. A build installs compilers, and a pull may be slow. */
  'build image': 3_600_000,
  'pull image': 3_600_000,
  'import image': 3_600_000,
} as const;

/** The name of an engine call in logs and errors. */
export type EngineCall = keyof typeof DEADLINES_MS;

export type Deadlines = Readonly<Record<EngineCall, number>>;

/** The calls that a run waits for. */
const START_CALLS = [
  'create container',
  'attach container',
  'start container',
  'list networks',
  'create network',
] as const;

/** The deadlines, with the operator's setting for the calls that a run waits for. An update leaves time to create another container. */
export function deadlines(startMs: number): Deadlines {
  const updateMs = Math.min(DEADLINES_MS['update container'], startMs / 2);
  return {
    ...DEADLINES_MS,
    ...Object.fromEntries(START_CALLS.map((call) => [call, startMs])),
    'update container': updateMs,
  };
}
