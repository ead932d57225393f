import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import {
  CORPUS,
  loadReference,
  problemIds,
  type Reference,
  readProblem,
  type WrittenProblem,
  type WrittenTest,
} from './problem.ts';

export const KINDS = ['right', 'wrong', 'slow', 'hungry', 'crashing'] as const;
export type Kind = (typeof KINDS)[number];

/** The expected verdict for each kind of solution. */
export const VERDICT_OF: Readonly<Record<Kind, string>> = {
  right: 'accepted',
  wrong: 'wrong_answer',
  slow: 'time_limit_exceeded',
  hungry: 'memory_limit_exceeded',
  crashing: 'runtime_error',
};

/** The runtimes for a file. JavaScript runs unchanged in three of them. */
const RUNTIMES_OF: Readonly<Record<string, readonly string[]>> = {
  '.py': ['python'],
  '.js': ['node', 'deno', 'bun'],
  '.go': ['go'],
  '.rs': ['rust'],
};

/** A checker or interactor. */
export interface SetterProgram {
  readonly image: string;
  readonly code: string;
}

/** A test as it is sent to the service. */
export interface JudgeTest {
  readonly name: string;
  readonly stdin?: string;
  readonly args?: readonly string[];
  readonly expected_stdout?: string;
}

export interface Solution {
  readonly problem: string;
  readonly kind: Kind;
  readonly runtime: string;
  readonly file: string;
  readonly code: string;
}

export interface Problem extends Omit<WrittenProblem, 'tests'> {
  readonly id: string;
  readonly tests: readonly JudgeTest[];
  readonly checker: SetterProgram | undefined;
  readonly interactor: SetterProgram | undefined;
  readonly solutions: readonly Solution[];
}

/** All problems with complete tests: generated inputs are generated, and expected outputs come from the reference. */
export function loadCorpus(): Promise<Problem[]> {
  return Promise.all(problemIds().map(loadProblem));
}

export async function loadProblem(id: string): Promise<Problem> {
  const written = readProblem(id);
  const reference = await loadReference(id);
  const files = readdirSync(join(CORPUS, id)).sort();
  return {
    ...written,
    id,
    tests: written.tests.map((test, index) => completeTest({ id, test, index }, reference)),
    checker: setterProgram(id, files, 'checker'),
    interactor: setterProgram(id, files, 'interactor'),
    solutions: files.flatMap((file) => solutionsIn(id, file)),
  };
}

interface TestPlace {
  readonly id: string;
  readonly test: WrittenTest;
  readonly index: number;
}

function completeTest({ id, test, index }: TestPlace, reference: Reference | undefined): JudgeTest {
  const { generate, ...rest } = test;
  const name = test.name ?? `test ${index + 1}`;
  if (generate === undefined) return { ...rest, name };
  const stdin = reference?.inputs?.[generate]?.();
  if (!reference || stdin === undefined) throw new Error(`${id}: nothing generates ${generate}`);
  return { ...rest, name, stdin, expected_stdout: reference.solve(stdin, test.args ?? []) };
}

function setterProgram(id: string, files: readonly string[], role: string): SetterProgram | undefined {
  const file = files.find((name) => parse(name).name === role);
  const image = file && RUNTIMES_OF[parse(file).ext]?.[0];
  return image === undefined || file === undefined ? undefined : { image, code: readCode(id, file) };
}

function solutionsIn(problem: string, file: string): Solution[] {
  const { name, ext } = parse(file);
  const kind = KINDS.find((candidate) => candidate === name);
  if (!kind) return [];
  const code = readCode(problem, file);
  return (RUNTIMES_OF[ext] ?? []).map((runtime) => ({ problem, kind, runtime, file, code }));
}

function readCode(id: string, file: string): string {
  return readFileSync(join(CORPUS, id, file), 'utf8');
}

/** The body of `POST /run` that judges a solution. */
export function judgeRequest({ comparison, limits, tests, checker, interactor }: Problem, { code, runtime }: Solution) {
  return {
    image: runtime,
    code,
    ...limits,
    tests,
    // A slow solution then uses up its time once, and not in every test.
    stop_on_failure: true,
    ...(checker ? { checker } : {}),
    ...(interactor ? { interactor } : {}),
    ...(checker || interactor ? {} : { comparison }),
  };
}
