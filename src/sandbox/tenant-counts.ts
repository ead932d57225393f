/** A count for each tenant. Forgets tenants whose count is 0. */
export class TenantCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** The sum over all tenants. */
  get total(): number {
    return this.#total;
  }

  /** Number of tenants with a count above 0. */
  get tenants(): number {
    return this.#counts.size;
  }

  of(tenant: string): number {
    return this.#counts.get(tenant) ?? 0;
  }

  add(tenant: string, change: 1 | -1): void {
    this.#total += change;
    const count = this.of(tenant) + change;
    if (count === 0) this.#counts.delete(tenant);
    else this.#counts.set(tenant, count);
  }
}
