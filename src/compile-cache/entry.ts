import { createHash } from 'node:crypto';
import type { Execution, Fate, Output, Usage } from '../core/result.ts';
import { type Compiled, MAX_ARTEFACT_BYTES, MAX_PRINTED_BYTES } from './compiled.ts';
import type { CompileKey } from './key.ts';

/**
 * The format of an entry on disk: magic; SHA-256 of the key and of everything that follows; length of the facts; the facts as JSON;
 * the bytes of stdout, stderr and the artefact. The checksum covers the key, so an entry is invalid under another name.
 */
const MAGIC = Buffer.from('CRARTF1\n');
const SUM_BYTES = 32;
const LENGTH_BYTES = 4;
const HEADER_BYTES = MAGIC.length + SUM_BYTES + LENGTH_BYTES;
const MAX_FACTS_BYTES = 64 * 1024;

/** Maximum size of an entry. */
export const MAX_ENTRY_BYTES = HEADER_BYTES + MAX_FACTS_BYTES + MAX_PRINTED_BYTES + MAX_ARTEFACT_BYTES;

interface Facts {
  readonly fate: Fate;
  readonly usage: Usage;
  readonly stdout: Printed;
  readonly stderr: Printed;
  /** `null` if there is no artefact. */
  readonly artefactBytes: number | null;
  readonly madeAtMs: number;
}

interface Printed {
  readonly bytes: number;
  readonly truncated: boolean;
}

/** The pieces of an entry, in order. */
export function encodeEntry(key: CompileKey, { execution, artefact, madeAtMs }: Compiled): Buffer[] {
  const { fate, usage, stdout, stderr } = execution;
  const facts: Facts = {
    fate,
    usage,
    stdout: { bytes: stdout.bytes.length, truncated: stdout.truncated },
    stderr: { bytes: stderr.bytes.length, truncated: stderr.truncated },
    artefactBytes: artefact?.length ?? null,
    madeAtMs,
  };
  const json = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  const body = [length, json, stdout.bytes, stderr.bytes, ...(artefact ? [artefact] : [])];
  return [MAGIC, checksum(key, body), ...body];
}

/** Decodes an entry. Returns `undefined` if its checksum does not match this key and content. */
export function decodeEntry(key: CompileKey, entry: Buffer): Compiled | undefined {
  if (entry.length < HEADER_BYTES || !entry.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const body = entry.subarray(MAGIC.length + SUM_BYTES);
  const sum = entry.subarray(MAGIC.length, MAGIC.length + SUM_BYTES);
  if (!checksum(key, [body]).equals(sum)) return undefined;
  const factsEnd = LENGTH_BYTES + body.readUInt32BE(0);
  const facts = JSON.parse(body.toString('utf8', LENGTH_BYTES, factsEnd)) as Facts;
  return compiledOf(facts, body.subarray(factsEnd));
}

function compiledOf({ fate, usage, stdout, stderr, artefactBytes, madeAtMs }: Facts, bytes: Buffer): Compiled {
  const artefactAt = stdout.bytes + stderr.bytes;
  const execution: Execution = {
    fate,
    usage: { wallMs: usage.wallMs, cpuMs: usage.cpuMs, memoryPeakBytes: usage.memoryPeakBytes },
    stdout: outputOf(stdout, bytes.subarray(0, stdout.bytes)),
    stderr: outputOf(stderr, bytes.subarray(stdout.bytes, artefactAt)),
  };
  return { execution, artefact: artefactBytes === null ? undefined : bytes.subarray(artefactAt), madeAtMs };
}

function outputOf({ truncated }: Printed, bytes: Buffer): Output {
  return { bytes, truncated };
}

function checksum(key: CompileKey, pieces: readonly Buffer[]): Buffer {
  const hash = createHash('sha256').update(key);
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}
