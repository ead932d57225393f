import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CORPUS = fileURLToPath(new URL('.', import.meta.url));

export type Comparison = 'lines' | 'exact' | 'tokens' | { readonly float: number };

/** Limits for every solution to the problem, in seconds. */
export interface ProblemLimits {
  readonly cpu_timeout: number;
  readonly timeout: number;
}

/** A test in `problem.json`. Its input is inline, or the reference generates it. */
export interface WrittenTest {
  readonly name?: string;
  readonly stdin?: string;
  readonly generate?: string;
  readonly args?: readonly string[];
  /** Expected output for inline input. Interactive problems have none. */
  readonly expected_stdout?: string;
}

export interface WrittenProblem {
  /** The problem in one or two sentences. */
  readonly statement: string;
  readonly comparison: Comparison;
  readonly limits: ProblemLimits;
  readonly tests: readonly WrittenTest[];
}

/** The reference solution in TypeScript, written without looking at the other solutions. */
export interface Reference {
  solve(stdin: string, args: readonly string[]): string;
  readonly inputs?: Readonly<Record<string, () => string>>;
}

export function problemIds(): string[] {
  const entries = readdirSync(CORPUS, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Reads and checks `problem.json`. Throws an error with the name of the problem. */
export function readProblem(id: string): WrittenProblem {
  const problem = JSON.parse(readFileSync(join(CORPUS, id, 'problem.json'), 'utf8')) as WrittenProblem;
  const faults = [
    ...unknownFields(problem, ['statement', 'comparison', 'limits', 'tests']),
    ...(problem.statement ? [] : ['no statement']),
    ...(isComparison(problem.comparison) ? [] : ['comparison']),
    ...(problem.limits.cpu_timeout > 0 && problem.limits.timeout > problem.limits.cpu_timeout ? [] : ['limits']),
    ...(problem.tests.length > 0 ? problem.tests.flatMap(testFaults) : ['no tests']),
  ];
  if (faults.length > 0) throw new Error(`${id}/problem.json: ${faults.join(', ')}`);
  return problem;
}

function testFaults(test: WrittenTest): string[] {
  const hasBoth = test.stdin !== undefined && test.generate !== undefined;
  return [
    ...unknownFields(test, ['name', 'stdin', 'generate', 'args', 'expected_stdout']),
    ...(hasBoth ? ['a test with stdin and generate'] : []),
  ];
}

function unknownFields(value: object, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((field) => !known.includes(field))
    .map((field) => `unknown field ${field}`);
}

function isComparison(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return typeof (value as { float?: unknown }).float === 'number';
  return value === 'lines' || value === 'exact' || value === 'tokens';
}

/** The reference of a problem; `undefined` for interactive problems, which have an interactor instead. */
export async function loadReference(id: string): Promise<Reference | undefined> {
  if (!readdirSync(join(CORPUS, id)).includes('reference.ts')) return undefined;
  return (await import(join(CORPUS, id, 'reference.ts'))) as Reference;
}
