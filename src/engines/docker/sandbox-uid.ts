import { randomInt } from 'node:crypto';

/** The uids of sandboxes. `runtimes/base/Dockerfile` gives each of them a name. */
const FIRST_UID = 100_000;
const UIDS = 4096;
/** The gid of every sandbox. The kernel counts nothing by gid. */
export const SANDBOX_GID = 1000;

/**
 * Gives each sandbox a uid of its own. The kernel counts inotify instances, message queues, pipe pages, timers and descriptors in
 * flight by uid, so a sandbox could use up what another one with the same uid needs.
 */
export class SandboxUids {
  readonly #taken = new Set<number>();
  #next = randomInt(UIDS);

  /** A uid that no sandbox has; with thousands of them, the one that was taken longest ago. */
  take(): number {
    if (this.#taken.size >= UIDS) this.giveBack(this.#taken.values().next().value as number);
    do this.#next = (this.#next + 1) % UIDS;
    while (this.#taken.has(FIRST_UID + this.#next));
    const uid = FIRST_UID + this.#next;
    this.#taken.add(uid);
    return uid;
  }

  giveBack(uid: number): void {
    this.#taken.delete(uid);
  }
}
