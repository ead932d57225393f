import { setTimeout as sleep } from 'node:timers/promises';
import { type Field, invalidField, RunAborted, RunnerError } from '../core/errors.ts';
import type { Extension, ProgramRequest } from '../core/request.ts';
import type { Runtime, RuntimeRegistry } from '../runtimes/registry.ts';
import type { Builds, Subscriber } from './builds.ts';
import type { Catalog, Prebuild } from './catalog.ts';
import { expired } from './expiry.ts';
import { inlineDependencies } from './inline-dependencies.ts';
import { checkPackages } from './packages.ts';
import type { PrebuildStore } from './ports.ts';
import { hashSpec, type PrebuildSpec, type PrebuildTag, prebuildSpec, prebuildTag, specTag } from './spec.ts';

const CHECK_EVERY_MS = 5000;
const SWEEP_EVERY_MS = 60_000;
/** A stale prebuild that could not be rebuilt stays in use. The next attempt is made after this long. */
const REBUILD_AGAIN_MS = 300_000;

export interface PrebuildsOptions {
  readonly store: PrebuildStore;
  readonly catalog: Catalog;
  readonly builds: Builds;
  readonly runtimes: RuntimeRegistry;
  /** Whether to install the packages that a program itself lists. */
  readonly inlineDependencies: boolean;
  readonly cleanUpEveryMs: number;
  readonly maxAgeMs: number;
  /** Called with errors that no caller sees. `what` names the failed activity. */
  readonly onError: (what: string, error: unknown) => void;
  readonly onCleanUp: (removed: readonly PrebuildTag[]) => void;
}

/** The contents of a prebuild. Neither the base nor the packages have been checked. */
export interface SpecOrder {
  /** Name of a runtime. */
  readonly base: string;
  readonly setupScript: string;
  readonly packages: readonly string[];
}

/** Prebuilds: builds them, finds them, and removes them when they are not used any more. */
export class Prebuilds {
  readonly #options: PrebuildsOptions;
  readonly #stopped = new AbortController();
  readonly #rebuildAgainAt = new Map<string, number>();
  /** The sequence number of the last build that moved each tag. If two builds have the same tag, the later request wins. */
  readonly #lastTagged = new Map<PrebuildTag, number>();
  readonly #failing = new Set<string>();
  #orders = 0;

  constructor(options: PrebuildsOptions) {
    this.#options = options;
  }

  /** Records uses and cleans up, until `close` is called. */
  async watch(): Promise<void> {
    const { signal } = this.#stopped;
    let cleanedAt = performance.now();
    let sweptAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await this.#attempt('recording uses of prebuilds failed', () => this.#options.catalog.recordUses('overdue'));
      if (performance.now() - sweptAt > SWEEP_EVERY_MS) {
        sweptAt = performance.now();
        await this.#attempt('removing leftovers of builds failed', () => this.#options.store.sweep());
      }
      if (performance.now() - cleanedAt > this.#options.cleanUpEveryMs) {
        cleanedAt = performance.now();
        await this.#attempt('cleaning up prebuilds failed', () => this.cleanUp(this.#options.maxAgeMs));
      }
      await sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Cancels the builds in progress and records all uses. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#options.builds.close();
    await this.#attempt('recording uses of prebuilds failed', () => this.#options.catalog.recordUses('all'));
  }

  /** The id of the image that a reference means, if it is a prebuild. */
  imageId(reference: string): string | undefined {
    return this.#options.catalog.imageId(reference);
  }

  /** Builds a prebuild unless the same one exists, and moves the tag to it. */
  async build(tag: PrebuildTag, spec: PrebuildSpec, subscriber: Subscriber): Promise<Prebuild> {
    const { catalog } = this.#options;
    this.#orders += 1;
    const order = this.#orders;
    await catalog.refresh();
    const specHash = hashSpec(spec);
    const known = catalog.findSpec(specHash);
    const imageId = known && !known.isStale ? known.image.id : await this.#buildImage(spec, specHash, subscriber);
    const stale = catalog.all.filter((prebuild) => prebuild.image.specHash === specHash && prebuild.isStale);
    for (const each of new Set([tag, ...stale.map((prebuild) => prebuild.tag)]))
      await this.#moveTag(each, imageId, order);
    await catalog.refresh();
    const made = catalog.find(tag) ?? catalog.findSpec(specHash);
    if (!made) throw new RunnerError('internal', 'The prebuild was removed while it was being built.');
    return made;
  }

  async all(): Promise<readonly Prebuild[]> {
    await this.#options.catalog.refresh();
    return this.#options.catalog.all;
  }

  async find(tag: PrebuildTag): Promise<Prebuild | undefined> {
    await this.#options.catalog.refresh();
    return this.#options.catalog.find(tag);
  }

  /** Removes a tag. Runs that use it continue. Resolves with `false` if there is no such tag. */
  async remove(tag: PrebuildTag): Promise<boolean> {
    if (!(await this.find(tag))) return false;
    await this.#options.store.untag(tag);
    await this.#options.catalog.refresh();
    return true;
  }

  /** Removes prebuilds that have not been used for this long, and leftovers of builds. Resolves with the removed tags. */
  async cleanUp(maxAgeMs: number): Promise<PrebuildTag[]> {
    const { store, catalog } = this.#options;
    await catalog.refresh();
    const inUse = await store.imagesInUse();
    const removed = expired(catalog.all, { nowMs: Date.now(), maxAgeMs, inUse }).map(({ tag }) => tag);
    for (const tag of removed) await store.untag(tag);
    await store.sweep();
    await catalog.refresh();
    if (removed.length > 0) this.#options.onCleanUp(removed);
    return removed;
  }

  /** Checks the contents of a prebuild. Throws `invalid_request`. */
  specOf({ base, setupScript, packages }: SpecOrder, baseField: Field = ['base']): PrebuildSpec {
    const runtime = this.#options.runtimes.find(base);
    if (runtime) return prebuildSpec(runtime.id, setupScript, checkPackages(packages, runtime));
    const known = this.#options.runtimes.all.map(({ id }) => id).join(', ');
    throw invalidField(baseField, `must be a runtime, not a prebuild: one of ${known}`);
  }

  /** The runtime for a run that needs a prebuild, which is built if it does not exist; `undefined` for all other runs. */
  resolve(request: ProgramRequest, signal: AbortSignal): Promise<Runtime> | undefined {
    const runtime = this.#options.runtimes.find(request.runtime);
    const { extension } = request;
    if (extension)
      return this.#onSpec(this.#specOfRun(request.runtime, extension), extension.base ?? request.runtime, signal);
    if (runtime && !this.#options.inlineDependencies) return undefined;
    if (!runtime) return this.#onTag(request, signal);
    const packages = inlineDependencies(request, runtime);
    if (packages.length === 0) return undefined;
    return this.#onSpec(prebuildSpec(runtime.id, '', checkPackages(packages, runtime)), request.runtime, signal);
  }

  /** The runtime that a prebuild extends; `undefined` if there is no such prebuild. Builds nothing. */
  async baseOf(name: string): Promise<Runtime | undefined> {
    const tag = prebuildTag(name);
    const prebuild = tag && (await this.find(tag));
    return prebuild && this.#options.runtimes.find(prebuild.image.spec.base);
  }

  #specOfRun(runtime: string, { base, ...extension }: Extension): PrebuildSpec {
    if (base === undefined) return this.specOf({ ...extension, base: runtime }, ['runtime']);
    return this.specOf({ ...extension, base }, ['prebuild', 'base']);
  }

  async #onTag({ runtime: name }: ProgramRequest, signal: AbortSignal): Promise<Runtime> {
    const { catalog, runtimes } = this.#options;
    const tag = prebuildTag(name);
    if (tag !== undefined && !catalog.find(tag)) await catalog.refresh();
    const prebuild = tag === undefined ? undefined : catalog.find(tag);
    if (!prebuild) throw runtimes.unknown(name, 'There is no such runtime, and no such prebuild.');
    return this.#use(prebuild, runtimes.resolve(prebuild.image.spec.base), signal);
  }

  /** `name` is the caller's name for the base, because some aliases of a runtime have another main file. */
  async #onSpec(spec: PrebuildSpec, name: string, signal: AbortSignal): Promise<Runtime> {
    const specHash = hashSpec(spec);
    const runtime = this.#options.runtimes.resolve(name);
    const known = this.#options.catalog.findSpec(specHash);
    const prebuild = known ?? (await this.build(specTag(specHash), spec, { signal }));
    return this.#use(prebuild, runtime, signal);
  }

  /** The runtime with the prebuild's image instead of its own. Rebuilds a stale prebuild first, if possible. */
  async #use(prebuild: Prebuild, runtime: Runtime, signal: AbortSignal): Promise<Runtime> {
    const { catalog, store } = this.#options;
    if (prebuild.isStale) await this.#rebuild(prebuild, signal);
    catalog.noteUse(prebuild.tag);
    return { ...runtime, image: store.reference(prebuild.tag) };
  }

  async #rebuild({ tag, image }: Prebuild, signal: AbortSignal): Promise<void> {
    if (performance.now() < (this.#rebuildAgainAt.get(image.specHash) ?? 0)) return;
    try {
      await this.build(tag, image.spec, { signal });
      this.#rebuildAgainAt.delete(image.specHash);
    } catch (error) {
      if (error instanceof RunAborted || (error instanceof RunnerError && error.code === 'draining')) throw error;
      this.#rebuildAgainAt.set(image.specHash, performance.now() + REBUILD_AGAIN_MS);
      this.#options.onError('rebuilding a stale prebuild failed', error);
    }
  }

  #buildImage(spec: PrebuildSpec, specHash: string, subscriber: Subscriber): Promise<string> {
    const base = this.#options.runtimes.resolve(spec.base);
    return this.#options.builds.image({ base, spec, specHash }, subscriber);
  }

  async #moveTag(tag: PrebuildTag, imageId: string, order: number): Promise<void> {
    if ((this.#lastTagged.get(tag) ?? 0) > order) return;
    this.#lastTagged.set(tag, order);
    await this.#options.store.tag(imageId, tag);
  }

  /** Reports a repeated failure only once, because everything fails while the engine does not answer. */
  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#failing.delete(what);
    } catch (error) {
      if (!this.#failing.has(what)) this.#options.onError(what, error);
      this.#failing.add(what);
    }
  }
}
