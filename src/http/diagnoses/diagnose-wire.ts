import type { SourceProblem } from '../../core/diagnosis.ts';
import { cutEcho } from '../../core/echo.ts';
import { InvalidRequest, type RunnerError, type Violation } from '../../core/errors.ts';
import type { Diagnosis } from '../../runs/diagnoser.ts';
import { fieldDetail } from '../errors.ts';
import { toFieldError } from '../field-names.ts';
import { InvalidBody } from '../invalid-body.ts';
import type { DiagnosisBody } from './diagnose-schema.ts';

/** Converts a diagnosis to the response body. */
export function toDiagnosis({ violations, problems }: Pick<Diagnosis, 'violations' | 'problems'>): DiagnosisBody {
  const all = [...violations.map(ofViolation), ...problems];
  return { ok: all.every(({ severity }) => severity !== 'error'), problems: all };
}

/** The problems of a request that `POST /run` would refuse with this error. */
export function ofRefusal(error: RunnerError): DiagnosisBody {
  if (error instanceof InvalidBody)
    return {
      ok: false,
      problems: error.errors.map((found) => ofRequest(error.code, fieldDetail(found))),
    };
  if (error.violations.length > 0) return toDiagnosis({ violations: error.violations, problems: [] });
  return { ok: false, problems: [ofRequest(error.code, error.detail)] };
}

function ofViolation(violation: Violation): SourceProblem {
  const { code } = new InvalidRequest([violation]);
  const [, step] = violation.field;
  const file = violation.field[0] === 'files' && typeof step === 'object' ? cutEcho(step.key) : null;
  return { ...ofRequest(code, fieldDetail(toFieldError(violation))), file };
}

function ofRequest(code: string, message: string): SourceProblem {
  return { file: null, line: null, column: null, severity: 'error', code, message };
}
