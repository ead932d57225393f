import { type FileResult, sumTotals, TOTALS } from './result.ts';

const MAX_OUTPUT_CHARACTERS = 20_000;

/** Prints one line for a file that passed, and all details for one that failed. */
export function printResult({ path, totals, failures, output, durationMs }: FileResult): void {
  const seconds = (durationMs / 1000).toFixed(1);
  const notRun = totals.skipped + totals.todo;
  const counts = `${totals.tests} tests${notRun === 0 ? '' : `, ${totals.skipped} skipped, ${totals.todo} todo`}`;
  console.log(`  ${failures.length === 0 ? '✔' : '✖'} ${path} (${counts}, ${seconds} s)`);
  for (const { name, detail } of failures) console.log(indent(`✖ ${name}\n${indent(detail)}`));
  if (failures.length > 0 && output !== '') console.log(indent(`output:\n${indent(tail(output))}`));
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}

function tail(text: string): string {
  return text.length > MAX_OUTPUT_CHARACTERS ? `…${text.slice(-MAX_OUTPUT_CHARACTERS)}` : text.trimEnd();
}

/** Prints the summary: the names of all failures, node:test's totals summed over all files, and one readable line. */
export function printSummary(results: readonly FileResult[], durationMs: number): void {
  const failed = results.filter(({ failures }) => failures.length > 0);
  if (failed.length > 0) console.log('\nFailed:');
  for (const { path, failures } of failed) for (const { name } of failures) console.log(`  ${path}: ${name}`);
  const totals = sumTotals(results);
  console.log('');
  for (const name of TOTALS) console.log(`# ${name} ${totals[name]}`);
  console.log(`# duration_ms ${Math.round(durationMs)}`);
  console.log(`${totals.pass} passed, ${totals.fail + totals.cancelled} failed`);
}
