import { RunnerError } from '../../core/errors.ts';
import type { Session } from '../../init-protocol/session.ts';

/** An image that failed is tried again after this time: what failed may have been the machine. */
const RETRY_AFTER_MS = 300_000;
const PROBE_MS = 10_000;
/** Images are replaced by newer ones for as long as the service lives. One that is forgotten is probed again. */
const MAX_FINDINGS = 500;

/**
 * What holds in a cell: /proc shows its own processes, no capability is left, and new namespaces are refused. The tools are part of
 * every Debian image.
 */
const PROBE = `
read -r pid _ < /proc/self/stat && [ "$pid" = "$$" ] && [ "$pid" -lt 10 ] || { echo 'no /proc of its own'; exit 1; }
grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status || { echo 'capabilities are left'; exit 1; }
command -v unshare > /dev/null || { echo 'no unshare to try'; exit 1; }
if unshare --user true 2> /dev/null; then echo 'new namespaces are allowed'; exit 1; fi
`;

interface Finding {
  readonly atMs: number;
  /** `undefined`: cells work. */
  readonly problem: string | undefined;
}

/** Remembers of each image whether it can be run in cells, and why not. */
export class CellSupport {
  readonly #findings = new Map<string, Finding>();

  /** Why sandboxes of this image are containers; `undefined` where cells work, or have not been tried. */
  problemOf(image: string): string | undefined {
    return this.#findings.get(image)?.problem;
  }

  /** Whether cells have been seen to work. */
  isProven(image: string): boolean {
    const finding = this.#findings.get(image);
    return finding !== undefined && finding.problem === undefined;
  }

  /** Whether not to try again now. */
  isRefused(image: string): boolean {
    const finding = this.#findings.get(image);
    return finding?.problem !== undefined && performance.now() - finding.atMs < RETRY_AFTER_MS;
  }

  note(image: string, problem?: string): void {
    this.#findings.delete(image);
    this.#findings.set(image, { atMs: performance.now(), problem });
    const [oldest] = this.#findings.keys();
    if (oldest !== undefined && this.#findings.size > MAX_FINDINGS) this.#findings.delete(oldest);
  }
}

/** Looks from inside a cell whether it is one. Throws what is wrong. */
export async function probeCell(session: Pick<Session, 'execute'>): Promise<void> {
  const { fate, stdout } = await session.execute({
    argv: ['/bin/sh', '-c', PROBE],
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    stdin: new Uint8Array(),
    wallMs: PROBE_MS,
    cpuMs: undefined,
    outputBytes: 1024,
  });
  if (fate.status === 'completed' && fate.exitCode === 0) return;
  throw new RunnerError('internal', `The probe of a cell ended with ${fate.status}: ${stdout.bytes.toString().trim()}`);
}

/** Says in one line why cells do not work: the first thing that went wrong, as sandbox-init or the engine put it. */
export function describeProblem(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.trim().split('\n', 1).join();
}
