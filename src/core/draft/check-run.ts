import type { ProgramRequest, RunRequest } from '../request.ts';
import type { RequestPolicy, RunDraft } from './draft.ts';
import { checkExtension } from './extension.ts';
import { checkLimits } from './limits.ts';
import { checkDiskForFiles, checkProgram } from './program.ts';
import { checkStrings, checkStringsTogether } from './strings.ts';
import { checkTestSuite } from './test-suite.ts';
import { type Checked, checked, Violations } from './violations.ts';

export const MAX_PATTERNS = 100;
const MAX_PATTERN_BYTES = 4095;

/**
 * Checks everything that a run may ask for. Returns the request, or everything that is wrong with the draft. Every API calls this, so
 * none of them can bypass a limit.
 */
export function checkRun(draft: RunDraft, policy: RequestPolicy): Checked<RunRequest> {
  const found = new Violations();
  const parts = checkProgram(draft, policy, found);
  const limits = checkLimits(draft, policy.limits, found);
  const extension = checkExtension(draft, policy, found);
  const program: ProgramRequest = { ...parts, limits, ...(extension && { extension }) };
  const judging = checkTestSuite(draft, { program, policy, found });
  const outputFiles = checkOutputFiles(draft, found);
  if (found.found.length === 0) {
    checkStringsTogether(program, found);
    checkDiskForFiles({ program, limits }, found);
  }
  const { maxOutputFilesBytes } = policy.limits;
  return checked({ ...program, outputFiles, maxOutputFilesBytes, judging }, found);
}

function checkOutputFiles({ outputFiles, tests }: RunDraft, found: Violations): readonly string[] {
  const patterns = outputFiles ?? [];
  if (tests != null && patterns.length > 0) found.add(['outputFiles'], 'cannot be combined with {tests}');
  checkStrings(patterns, ['outputFiles'], { maxItems: MAX_PATTERNS, maxBytes: MAX_PATTERN_BYTES, found });
  for (const [index, pattern] of patterns.slice(0, MAX_PATTERNS).entries()) {
    if (pattern === '') found.add(['outputFiles', index], 'must not be empty');
  }
  return patterns;
}
