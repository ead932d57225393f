import { RunnerError } from '../../core/errors.ts';
import type { Place } from './json-place.ts';

/** The error for a body that is not valid JSON: what is wrong and where, without quoting the body. */
export class MalformedJson extends RunnerError {
  constructor(what: string, place?: Place) {
    const where = place ? ` at line ${place.line}, column ${place.column}` : '';
    super('malformed_json', `The body is not valid JSON: ${what}${where}.`);
  }
}

/** The error for a body that is valid JSON but larger than any request needs to be. */
export function tooMuchJson(what: string): RunnerError {
  return new RunnerError('payload_too_large', `The body ${what}.`);
}
