import { runtimeIds } from '../../src/runtimes/registry.ts';
import type { Reply } from '../client.ts';
import { loadSubject, RUNTIME_DIR } from '../subjects.ts';

/** A kind of request and its expected response. */
export interface SoakCase {
  readonly name: string;
  /** Number of requests of this kind per round. */
  readonly weight: number;
  /** The body of the nth request. */
  readonly body: (index: number) => unknown;
  /** What is wrong with the response, or `undefined`. */
  readonly fault: (reply: Reply, index: number) => string | undefined;
  /** Disconnects after a time in this range, in milliseconds. */
  readonly hangUpMs?: readonly [number, number];
}

interface Expected {
  readonly status: string;
  readonly exit_code?: number;
  readonly stdout?: string;
  readonly stdout_truncated?: boolean;
}

/** All kinds of requests that a service gets. */
export function soakCases(): SoakCase[] {
  return [
    ...runtimeIds(RUNTIME_DIR).map(sample),
    python('stdin', 12, {
      more: (index) => ({ code: 'import sys; print(sys.stdin.read() * 2, end="")', stdin: `run ${index};` }),
      expected: (index) => ({ status: 'completed', stdout: `run ${index};run ${index};` }),
    }),
    python('files', 4, {
      more: (index) => ({
        code: 'open("out.txt", "w").write(open("in.txt").read())',
        files: { 'in.txt': `file ${index}` },
        output_files: ['out.txt'],
      }),
      expected: () => ({ status: 'completed', stdout: '' }),
      extra: ({ answer }, index) => answer?.output_files['out.txt']?.content === `file ${index}`,
    }),
    python('exit code', 3, {
      more: () => ({ code: 'raise SystemExit(3)' }),
      expected: () => ({ status: 'completed', exit_code: 3 }),
    }),
    python('signal', 3, {
      more: () => ({ code: 'import os; os.abort()' }),
      expected: () => ({ status: 'signaled', exit_code: 134 }),
    }),
    python('timeout', 5, {
      more: () => ({ code: 'print("began", flush=True)\nwhile True: pass', timeout: 0.3 }),
      expected: () => ({ status: 'timed_out', exit_code: -1 }),
    }),
    python('daemon left behind', 3, {
      more: () => ({ code: 'import subprocess; subprocess.Popen(["sleep", "60"], start_new_session=True)' }),
      expected: () => ({ status: 'completed', exit_code: 0 }),
    }),
    python('long output', 2, {
      more: () => ({ code: 'print("x" * 100_000)', output_limit: '16k' }),
      expected: () => ({ status: 'completed', stdout_truncated: true }),
    }),
    python('flood', 4, {
      more: () => ({ code: 'while True: print("flood" * 1000)', output_limit: '64k' }),
      expected: () => ({ status: 'output_limit_exceeded', stdout_truncated: true }),
    }),
    python('out of memory', 3, {
      more: () => ({ code: 'hoard = []\nwhile True: hoard.append(bytearray(4 << 20))', mem_limit: '64m' }),
      expected: () => ({ status: 'out_of_memory', exit_code: 137 }),
    }),
    broken('go', 'package main\nfunc main() { undefined() }\n'),
    broken('rust', 'fn main() { undefined(); }\n'),
    refused('unknown field', { code: '1', timeuot: 3 }, 'invalid_request'),
    refused('unknown runtime', { code: '1', image: 'cobol' }, 'unknown_runtime'),
    hangUp('early', [0, 30]),
    hangUp('late', [30, 600]),
  ];
}

function sample(id: string): SoakCase {
  const { runtime, body } = loadSubject(id);
  return {
    name: id,
    weight: runtime.manifest.compile === null ? 10 : 5,
    body: () => JSON.parse(body.toString()),
    fault: (reply) => difference(reply, { status: 'completed', exit_code: 0, stdout: runtime.sample.stdout }),
  };
}

interface PythonCase {
  readonly more: (index: number) => object;
  readonly expected: (index: number) => Expected;
  readonly extra?: (reply: Reply, index: number) => boolean;
}

function python(name: string, weight: number, { more, expected, extra }: PythonCase): SoakCase {
  return {
    name,
    weight,
    body: (index) => ({ image: 'python', ...more(index) }),
    fault: (reply, index) =>
      difference(reply, expected(index)) ?? (extra && !extra(reply, index) ? 'not what was asked for' : undefined),
  };
}

function broken(image: string, code: string): SoakCase {
  return {
    name: `${image}, does not compile`,
    weight: 2,
    body: () => ({ image, code }),
    fault: (reply) => difference(reply, { status: 'compile_failed' }),
  };
}

function refused(name: string, body: object, code: string): SoakCase {
  const fault = (reply: Reply) => (reply.code === code ? undefined : `${reply.code} instead of ${code}`);
  return { name, weight: 1, body: () => body, fault };
}

/** The client disconnects. Some responses may arrive before that. */
function hangUp(name: string, hangUpMs: readonly [number, number]): SoakCase {
  return {
    name: `hang up ${name}`,
    weight: 4,
    body: () => ({ code: 'import time; time.sleep(20)' }),
    fault: (reply) => `answered: ${reply.answer?.status ?? reply.code}`,
    hangUpMs,
  };
}

function difference({ answer, code }: Reply, expected: Expected): string | undefined {
  if (!answer) return `refused with ${code}`;
  const actual: Record<string, unknown> = { ...answer };
  const wrong = Object.entries(expected).find(([name, value]) => actual[name] !== value);
  return (
    wrong && `${wrong[0]} is ${JSON.stringify(actual[wrong[0]])?.slice(0, 200)}, stderr ${answer.stderr.slice(0, 200)}`
  );
}
