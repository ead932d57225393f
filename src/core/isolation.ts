/**
 * What separates a run from the others: `cell`, fresh kernel namespaces inside a container that serves one run of its tenant after the
 * other; or `container`, a container of its own.
 */
export type Isolation = 'cell' | 'container';

/** What the runs of a runtime get when they do not ask for any isolation. */
export interface IsolationState {
  readonly isolation: Isolation;
  /** Why it is not the one that is configured; `undefined` if it is. */
  readonly reason: string | undefined;
}
