import type { AheadCommand, CollectRequest, Command } from '../core/command.ts';
import { OUTPUT_KILL_FACTOR } from '../core/limits.ts';
import { encodeFields, type Field } from './codec.ts';

/** Maximum size of a snapshot in the sandbox's memory, names included. */
const SNAPSHOT_MAX_BYTES = 64 * 1024 * 1024;

/** The payload of `exec`. */
export function execFields(command: Command): Buffer {
  const fields: Field[] = [
    ...programFields({ ...command, hasInput: hasInput(command) }),
    ['wall_ms', Math.max(1, Math.round(command.wallMs))],
    ['output_bytes', command.outputBytes],
    ['output_kill_bytes', command.outputKillBytes ?? command.outputBytes * OUTPUT_KILL_FACTOR],
  ];
  if (command.cpuMs !== undefined) fields.push(['cpu_ms', Math.max(1, Math.round(command.cpuMs))]);
  if (command.maxFileBytes !== undefined) fields.push(['file_bytes', command.maxFileBytes]);
  if (command.needsOwnStart) fields.push(['start', 'own']);
  return encodeFields(fields);
}

/** Limits that a cell sets itself. One that is left out stays what the container was started with. */
export interface OwnLimits {
  /** Size of each writable file system. */
  readonly diskBytes?: number;
  /** Open files of each process. */
  readonly openFiles?: number;
}

/** The payload of `limits`. */
export function limitFields({ diskBytes, openFiles }: OwnLimits): Buffer {
  const fields: Field[] = [];
  if (diskBytes !== undefined) fields.push(['disk_bytes', diskBytes]);
  if (openFiles !== undefined) fields.push(['open_files', openFiles]);
  return encodeFields(fields);
}

/** The payload of `ahead`. */
export function aheadFields(command: AheadCommand): Buffer {
  return encodeFields([...programFields(command), ['main_file', command.mainFile]]);
}

/** What is fixed when an interpreter starts. */
function programFields({ argv, environment, hasInput }: Omit<AheadCommand, 'mainFile'>): Field[] {
  return [
    ...argv.map((arg): Field => ['arg', arg]),
    ...Object.entries(environment).map(([name, value]): Field => ['env', `${name}=${value}`]),
    ['stdin', hasInput ? 'pipe' : 'null'],
  ];
}

/** Whether a program has input; otherwise its standard input is empty. */
export function hasInput({ stdin }: Command): boolean {
  return !(stdin instanceof Uint8Array) || stdin.length > 0;
}

/** The payload of `collect`. */
export function collectFields(request: CollectRequest): Buffer {
  return encodeFields([
    ['root', request.root],
    ['max_bytes', request.maxBytes],
    ...request.paths.map((path): Field => ['path', path]),
  ]);
}

/** The payload of `snapshot`. */
export function snapshotFields(paths: readonly string[]): Buffer {
  return encodeFields([['max_bytes', SNAPSHOT_MAX_BYTES], ...paths.map((path): Field => ['path', path])]);
}
