import { inspect } from 'node:util';

/** The fields of node:test's events that are used here. See "Class: TestsStream" in its documentation. */
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

/** One line of the report: a test that began or ended, or a total of the file. */
export type Reported =
  | { readonly kind: 'began'; readonly name: string }
  | { readonly kind: 'ended'; readonly name: string; readonly failure: string | undefined }
  | { readonly kind: 'total'; readonly name: string; readonly count: number };

/** A reporter for node:test that writes one JSON line per event, for the process that started the file. */
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

/** Why a test failed; `undefined` for a suite that failed only because one of its tests did. */
function failureOf(type: string, { details, todo, line }: Event['data']): string | undefined {
  if (type === 'test:pass' || todo !== undefined) return undefined;
  const error = details?.error;
  if (error && 'failureType' in error && error.failureType === 'subtestsFailed') return undefined;
  return `line ${line ?? '?'}: ${inspect(error?.cause ?? error)}`;
}
