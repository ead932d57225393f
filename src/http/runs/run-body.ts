import { checkRun } from '../../core/draft/check-run.ts';
import type { RequestPolicy } from '../../core/draft/draft.ts';
import { InvalidBody, type Issue, independentOf, wellShapedFields } from '../invalid-body.ts';
import type { RunRequestSchema } from './run-schema.ts';
import { toRunDraft } from './run-wire.ts';

/** A body that does not match the schema, as the hook of a route gets it. */
interface Misshapen {
  readonly data?: unknown;
  readonly error: { readonly issues: readonly Issue[] };
}

/** Everything that is wrong with a body of the wrong shape: also the violations in the fields that have the right shape. */
export function invalidRunBody(
  { data, error }: Misshapen,
  schema: RunRequestSchema,
  policy: RequestPolicy,
): InvalidBody {
  const { issues } = error;
  const parsed = schema.safeParse(wellShapedFields(data, issues));
  const violations = parsed.success ? (checkRun(toRunDraft(parsed.data), policy).violations ?? []) : [];
  return new InvalidBody(issues, {
    beyondShape: independentOf(issues, violations),
    knownFields: Object.keys(schema.shape),
  });
}
