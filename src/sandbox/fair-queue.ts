/**
 * A queue in which tenants take turns: round robin between tenants, first come first served within a tenant. It stores nothing for a
 * tenant without items.
 */
export class FairQueue<Item> {
  /** The items of each tenant in order of arrival, never empty. The tenant whose turn it is comes first. */
  readonly #tenants = new Map<string, Set<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Number of tenants with items in the queue. */
  get tenants(): number {
    return this.#tenants.size;
  }

  sizeOf(tenant: string): number {
    return this.#tenants.get(tenant)?.size ?? 0;
  }

  /** Adds an item that is not in the queue. A tenant that had no items becomes the last in turn. */
  push(tenant: string, item: Item): void {
    const items = this.#tenants.get(tenant) ?? new Set();
    this.#tenants.set(tenant, items.add(item));
    this.#size += 1;
  }

  /** Does nothing if the item is not in the queue. */
  remove(tenant: string, item: Item): void {
    const items = this.#tenants.get(tenant);
    if (!items?.delete(item)) return;
    this.#size -= 1;
    if (items.size === 0) this.#tenants.delete(tenant);
  }

  /** Removes and returns the oldest item of the first tenant that `mayTake` accepts. Skipped tenants keep their turn. */
  take(mayTake: (tenant: string) => boolean): Item | undefined {
    for (const [tenant, items] of this.#tenants) {
      if (!mayTake(tenant)) continue;
      for (const item of items) {
        this.#tenants.delete(tenant);
        this.#tenants.set(tenant, items);
        this.remove(tenant, item);
        return item;
      }
    }
    return undefined;
  }

  /** The tenant with the most items; `undefined` if the queue is empty. */
  longest(): string | undefined {
    let longest: string | undefined;
    for (const [tenant, { size }] of this.#tenants) {
      if (longest === undefined || size > this.sizeOf(longest)) longest = tenant;
    }
    return longest;
  }

  /** The item of a tenant that arrived last; `undefined` if it has none. */
  newest(tenant: string): Item | undefined {
    return [...(this.#tenants.get(tenant) ?? [])].at(-1);
  }
}
