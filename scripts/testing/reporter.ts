import { inspect } from 'node:util';

/** What the runner reads of node:test's events: see "Class: TestsStream" in its documentation. */
interface Event {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly nesting?: number;
    readonly message?: string;
    readonly skip?: unknown;
    readonly todo?: unknown;
    readonly line?: number;
    readonly details?: { readonly error?: Error; readonly type?: string; readonly duration_ms?: number };
  };
}

/** A test that ended, or a closing line of the file, as one line of JSON. */
export type Reported =
  | { readonly kind: 'began'; readonly name: string }
  | { readonly kind: 'ended'; readonly name: string; readonly failure: string | undefined }
  | { readonly kind: 'total'; readonly name: string; readonly count: number };

/** A reporter for node:test: tells the process that started the file what became of every test. */
export default async function* report(source: AsyncIterable<Event>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      path.length = data.nesting ?? 0;
      path.push(data.name ?? '');
    }
    const reported = read({ type, data }, path);
    if (reported) yield `${JSON.stringify(reported)}\n`;
  }
}

function read({ type, data }: Event, path: readonly string[]): Reported | undefined {
  const name = data.name ?? '';
  switch (type) {
    case 'test:dequeue':
      return { kind: 'began', name };
    case 'test:pass':
    case 'test:fail':
      return {
        kind: 'ended',
        name: [...path.slice(0, data.nesting), name].join(' › '),
        failure: failureOf(type, data),
      };
    case 'test:diagnostic': {
      const [, total, count] = /^(\w+) (\d+)$/.exec(data.message ?? '') ?? [];
      return total === undefined ? undefined : { kind: 'total', name: total, count: Number(count) };
    }
    default:
      return undefined;
  }
}

/** Why a test failed; not of a suite that failed only because a test of its did. */
function failureOf(type: string, { details, todo, line }: Event['data']): string | undefined {
  if (type === 'test:pass' || todo !== undefined) return undefined;
  const error = details?.error;
  if (error && 'failureType' in error && error.failureType === 'subtestsFailed') return undefined;
  return `line ${line ?? '?'}: ${inspect(error?.cause ?? error)}`;
}
