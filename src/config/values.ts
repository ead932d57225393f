import type { Variable } from './kinds.ts';
import { VARIABLES } from './table.ts';

/** The value of every variable of the table. */
export type Values = { readonly [Name in keyof typeof VARIABLES]: (typeof VARIABLES)[Name]['fallback'] };

/** Reads every variable and reports each invalid value to `onProblem`. */
export function readValues(environment: NodeJS.ProcessEnv, onProblem: (problem: string) => void): Values {
  const read = ([name, variable]: [string, Variable<unknown>]): [string, unknown] => {
    const given = environment[name]?.trim() || undefined;
    if (given === undefined) return [name, variable.fallback];
    const value = variable.parse(given);
    if (value === undefined) onProblem(`${name} must be ${variable.form}`);
    return [name, value ?? variable.fallback];
  };
  return Object.fromEntries(Object.entries(VARIABLES).map(read)) as Values;
}
