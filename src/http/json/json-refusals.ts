import { RunnerError } from '../../core/errors.ts';
import type { Place } from './json-place.ts';

/** A body that is not JSON: what is wrong with it, and where. Never what stands there. */
export class MalformedJson extends RunnerError {
  constructor(what: string, place?: Place) {
    const where = place ? ` at line ${place.line}, column ${place.column}` : '';
    super('malformed_json', `The body is not valid JSON: ${what}${where}.`);
  }
}

/** A body that is JSON but holds more than any request needs. */
export function tooMuchJson(what: string): RunnerError {
  return new RunnerError('payload_too_large', `The body ${what}.`);
}
