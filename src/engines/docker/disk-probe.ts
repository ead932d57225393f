import { RunnerError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Sandbox, SandboxFactory } from '../../sandbox/ports.ts';

const NEVER = new AbortController().signal;
const OUTPUT_BYTES = 4096;
const TIMEOUT_MS = 10_000;
/** Minimum share of free inodes. */
const MIN_FREE_INODES = 0.05;

/** The free space of the disk on which the engine keeps containers and images. */
interface DiskSpace {
  readonly freeBytes: number;
  /** From 0 to 1; 1 if the file system does not count inodes. */
  readonly freeInodes: number;
}

/**
 * Looks at the engine's disk from inside a sandbox, because the service may run elsewhere and a build cannot be trusted. This also
 * shows deleted files that are still open, which the size of a container does not.
 */
export class DiskProbe {
  readonly #sandbox: Sandbox;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  static async create(factory: SandboxFactory, image: string, limits: Limits): Promise<DiskProbe> {
    return new DiskProbe(
      await factory.create({ image, limits: { ...limits, network: false }, isolation: 'container' }, NEVER),
    );
  }

  /** Whether this many bytes and enough inodes are free. */
  async hasFree(bytes: number): Promise<boolean> {
    const { freeBytes, freeInodes } = await this.#measure();
    return freeBytes >= bytes && freeInodes >= MIN_FREE_INODES;
  }

  end(): Promise<void> {
    return this.#sandbox.destroy();
  }

  async #measure(): Promise<DiskSpace> {
    const { fate, stdout } = await this.#sandbox.execute({
      argv: ['/usr/bin/stat', '--file-system', '--format=%a %S %d %c', '/'],
      environment: {},
      stdin: new Uint8Array(),
      wallMs: TIMEOUT_MS,
      cpuMs: undefined,
      outputBytes: OUTPUT_BYTES,
    });
    const numbers = stdout.bytes.toString().trim().split(' ').map(Number);
    const [blocks = 0, blockBytes = 0, inodes = 0, allInodes = 0] = numbers;
    if (fate.status !== 'completed' || fate.exitCode !== 0 || numbers.some(Number.isNaN)) {
      throw new RunnerError('internal', "The free space on the engine's disk could not be measured.");
    }
    return { freeBytes: blocks * blockBytes, freeInodes: allInodes === 0 ? 1 : inodes / allInodes };
  }
}
