import { RunnerError } from '../core/errors.ts';
import { ProtocolError } from './codec.ts';

/** What a program or its files brought about is the caller's to know. */
const REFUSALS: Readonly<Record<string, string>> = {
  no_space: 'The files do not fit into the disk limit.',
  snapshot_too_large: 'The program and its files are too large to be kept for several executions.',
  snapshot_refused:
    'The program and its files cannot be kept for several executions: they are not files and folders alone.',
};

/** What an `error` frame of sandbox-init means for those who wait. */
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
