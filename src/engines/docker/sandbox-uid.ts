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
  #next = randomInt(UIDS);

  next(): number {
    const uid = FIRST_UID + this.#next;
    this.#next = (this.#next + 1) % UIDS;
    return uid;
  }
}
