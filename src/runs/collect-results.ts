import type { CollectRequest } from '../core/command.ts';
import type { Collected } from '../core/result.ts';
import type { Sandbox } from '../sandbox/ports.ts';

/** JSON can be parsed at any depth, but deeper values would overflow the stack when the response is written. */
const MAX_METADATA_DEPTH = 500;

/** The files that were collected after a run. */
export interface CollectedResults {
  readonly metadata: unknown;
  readonly collected: Collected;
}

const NOTHING: Collected = { files: [], omitted: [] };

export const NO_RESULTS: CollectedResults = { metadata: null, collected: NOTHING };

/** What to collect. */
export interface Wanted {
  readonly metadata: CollectRequest;
  readonly outputFiles: CollectRequest | undefined;
}

/** Collects metadata and output files and notes what cannot be used. Never rejects, so that lost files do not lose the result. */
export async function collectResults(
  sandbox: Sandbox,
  plan: Wanted,
  note: (text: string) => void,
): Promise<CollectedResults> {
  const unavailable = (what: string, paths: readonly string[]) => (error: unknown) => {
    note(`${what} not collected: ${error instanceof Error ? error.message : error}`);
    return { files: [], omitted: paths.map((path) => ({ path: Buffer.from(path), reason: 'not_collected' })) };
  };
  const metadata = readMetadata(await sandbox.collect(plan.metadata).catch(unavailable('metadata', [])), note);
  const collected = plan.outputFiles
    ? await sandbox.collect(plan.outputFiles).catch(unavailable('output files', plan.outputFiles.paths))
    : NOTHING;
  return { metadata, collected };
}

/** The JSON value that the program wrote, or null with a note if it cannot be used. */
function readMetadata({ files, omitted }: Collected, note: (text: string) => void): unknown {
  const reason = omitted[0]?.reason;
  if (reason !== undefined && reason !== 'not_found') note(`metadata ignored: ${reason}`);
  const [file] = files;
  if (!file) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.content));
    if (!isDeeperThan(value, MAX_METADATA_DEPTH)) return value;
    note('metadata ignored: nested too deeply');
  } catch {
    note('metadata ignored: not JSON');
  }
  return null;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1));
}
