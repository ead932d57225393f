/** Every label that this service uses. Labels, not names, decide what belongs to it. */
export const LABELS = {
  /** On every container: the id of the sandbox or build. */
  sandbox: 'code-runner.sandbox',
  /** On everything that belongs to one service process: that process's instance id. */
  instance: 'code-runner.instance',
  /** On every container and prebuild: the namespace of its service, see `shared-names.ts`. */
  namespace: 'code-runner.namespace',
  /** On runtime images: the runtime's name. */
  runtime: 'code-runner.runtime',
  /** On images built here: hash of everything they were built from. */
  inputsHash: 'code-runner.inputs-hash',
  /** On the networks of sandboxes and builds. */
  network: 'code-runner.network',
  /** On the image of a prebuild: hash of its spec. Its containers inherit the label, so it identifies images only. */
  prebuild: 'code-runner.prebuild',
  /** The spec as JSON, for rebuilding. */
  prebuildSpec: 'code-runner.prebuild-spec',
  /** Id of the runtime's image that the prebuild was built on. */
  prebuildBaseImage: 'code-runner.prebuild-base-image',
  /** When the prebuild was built (ISO 8601). */
  prebuildCreated: 'code-runner.prebuild-created',
  /** Bytes that the prebuild adds to its base. */
  prebuildLayerBytes: 'code-runner.prebuild-layer-bytes',
} as const;
