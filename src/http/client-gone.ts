import { RunAborted } from '../core/errors.ts';

/** The signal of a connection, with `RunAborted` as its reason. */
export function clientGone(connection: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const abort = () => gone.abort(new RunAborted('client-gone'));
  if (connection.aborted) abort();
  else connection.addEventListener('abort', abort, { once: true });
  return gone.signal;
}
