/** What the services on one engine share, by name. */
export interface SharedNames {
  /** On the label of every container and prebuild, so that services can tell whether they are the last to use a network. */
  readonly namespace: string;
  /** The bridge network of all sandboxes that may reach the outside; they cannot reach one another on it. */
  readonly egressNetwork: string;
  /** The bridge network of builds; they cannot reach one another on it. */
  readonly buildNetwork: string;
  /** An image's tag in this repository is the prebuild's. */
  readonly prebuilds: string;
  /** An image's tags in this repository tell when each of its prebuilds was used last. */
  readonly prebuildUses: string;
}

/** Services with the same namespace share prebuilds and networks; to those with another one theirs are foreign. */
export function sharedNames(namespace: string): SharedNames {
  return {
    namespace,
    egressNetwork: `${namespace}-egress`,
    buildNetwork: `${namespace}-build`,
    prebuilds: `${namespace}-prebuilt`,
    prebuildUses: `${namespace}-prebuilt-used`,
  };
}
