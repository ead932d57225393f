import { RunnerError } from '../core/errors.ts';
import { ProtocolError } from './codec.ts';

/** Errors that the caller's program or files have caused. */
const REFUSALS: Readonly<Record<string, string>> = {
  no_space: 'The files do not fit into the disk limit.',
  snapshot_too_large: 'The program and its files are too large to be kept for several executions.',
  snapshot_refused:
    'The program and its files cannot be kept for several executions, because they contain something other than files and folders.',
};

/** Converts an `error` frame of sandbox-init to the error for callers. */
export function sandboxError(fields: Map<string, string>): Error {
  const code = fields.get('code') ?? '';
  const message = `${code}: ${fields.get('message')}`;
  if (code === 'reset_failed') {
    return new RunnerError('internal', 'The sandbox could not be reset.', { cause: message });
  }
  const refusal = REFUSALS[code];
  return refusal === undefined
    ? new ProtocolError(message)
    : new RunnerError('invalid_request', refusal, { cause: message });
}
