import { randomInt } from 'node:crypto';

/** The uids of sandboxes; `runtimes/base/Dockerfile` gives each of them a name. */
const FIRST_UID = 100_000;
const UIDS = 4096;
/** The gid of every sandbox: nothing in the kernel is counted by it. */
export const SANDBOX_GID = 1000;

/**
 * A uid for each sandbox. The kernel counts inotify instances, message queues, pipe pages, timers and descriptors in flight for
 * a uid, so of two sandboxes with the same one the first could use up what the second needs.
 */
export class SandboxUids {
  #next = randomInt(UIDS);

  next(): number {
    const uid = FIRST_UID + this.#next;
    this.#next = (this.#next + 1) % UIDS;
    return uid;
  }
}
