/** Every label this service puts on something in the engine. Labels, not names, decide what is ours. */
export const LABELS = {
  /** On every sandbox's container: the sandbox's id. */
  sandbox: 'code-runner.sandbox',
  /** On everything that lives only as long as one service process: that process's instance id. */
  instance: 'code-runner.instance',
  /** On runtime images: the runtime's name. */
  runtime: 'code-runner.runtime',
  /** On images built here: hash of everything that went in. */
  inputsHash: 'code-runner.inputs-hash',
  /** On the network of sandboxes that may reach the outside. */
  network: 'code-runner.network',
} as const;
