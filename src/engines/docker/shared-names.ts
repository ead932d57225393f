/** Names of what the services on one engine share. */
export interface SharedNames {
  /** Every container and prebuild is labelled with it, so that a service knows whether it is the last one to use a network. */
  readonly namespace: string;
  /** The bridge network of all sandboxes with network access. They cannot reach each other on it. */
  readonly egressNetwork: string;
  /** The bridge network of builds. They cannot reach each other on it. */
  readonly buildNetwork: string;
  /** The repository of prebuilds. An image's tag in it is the prebuild's tag. */
  readonly prebuilds: string;
  /** The repository of tags that record when a prebuild was last used. */
  readonly prebuildUses: string;
}

/** Services with the same namespace share prebuilds and networks. Services with different namespaces ignore each other's. */
export function sharedNames(namespace: string): SharedNames {
  return {
    namespace,
    egressNetwork: `${namespace}-egress`,
    buildNetwork: `${namespace}-build`,
    prebuilds: `${namespace}-prebuilt`,
    prebuildUses: `${namespace}-prebuilt-used`,
  };
}
