import { RunAborted } from '../core/errors.ts';

/** The connection's own signal, with a typed reason. */
export function clientGone(connection: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const abort = () => gone.abort(new RunAborted('client-gone'));
  if (connection.aborted) abort();
  else connection.addEventListener('abort', abort, { once: true });
  return gone.signal;
}
