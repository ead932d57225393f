import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../src/config/config.ts';
import { projectFolder } from './prepare.ts';
import { UserError } from './shell.ts';
import { checkProject } from './testing/checks.ts';
import { findTestFiles, type Group, type TestFile } from './testing/files.ts';
import { inParallel } from './testing/pool.ts';
import { prepareTests } from './testing/prepare-tests.ts';
import { printResult, printSummary } from './testing/print.ts';
import type { FileResult } from './testing/result.ts';
import { runFile } from './testing/run-file.ts';

/**
 * `npm test [word…]`: prepares what the tests need, then runs the checks and all test files; with words, only the test files whose path
 * contains one of them. `--unit`: only tests that need no engine. If one group fails, the others still run.
 */
const FILE_TIMEOUT_MS = 600_000;
const STILL_RUNNING_EVERY_MS = 30_000;
/** How many files run at once. Tests mostly wait for containers, so several files can share the engine. */
const AT_ONCE: Readonly<Record<Group, number>> = { unit: availableParallelism() + 1, shared: 3, alone: 1 };
/** Hides the engine from unit tests. */
const NO_ENGINE = { DOCKER_SOCKET: '/nowhere/docker.sock', DOCKER_HOST: 'unix:///nowhere/docker.sock' };

/** The service, compiled by `scripts/run.mjs`. */
const COMPILED_SERVICE = fileURLToPath(new URL('../src/main.js', import.meta.url));

const startedAt = performance.now();
const project = projectFolder();
const args = process.argv.slice(3);
const words = args.filter((arg) => arg !== '--unit');
const files = findTestFiles(project, words).filter(({ group }) => !args.includes('--unit') || group === 'unit');
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopped.abort();
    process.exit(130);
  });
}

try {
  if (files.length === 0) throw new UserError(`No test file's path contains ${words.join(' or ')}.`);
  await prepareTests(loadConfig(), { project, files });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
}
const results = args.length === 0 ? checkProject(project) : [];
for (const group of ['unit', 'shared', 'alone'] as const) {
  results.push(
    ...(await runGroup(
      group,
      files.filter((file) => file.group === group),
    )),
  );
}
printSummary(results, performance.now() - startedAt);
process.exitCode = results.every(({ failures }) => failures.length === 0) ? 0 : 1;

async function runGroup(group: Group, members: readonly TestFile[]): Promise<FileResult[]> {
  if (members.length === 0) return [];
  console.log(`${group}: ${members.length} files, ${AT_ONCE[group]} at a time`);
  const running = new Map<string, number>();
  const progress = setInterval(() => printRunning(running), STILL_RUNNING_EVERY_MS);
  const environment = { ...process.env, ...(group === 'unit' ? NO_ENGINE : { COMPILED_SERVICE }) };
  const results = await inParallel(members, AT_ONCE[group], async ({ path, title, isolation }) => {
    running.set(title, performance.now());
    const result = await runFile(path, {
      title,
      project,
      environment: { ...environment, TEST_ISOLATION: isolation },
      timeoutMs: FILE_TIMEOUT_MS,
      signal: stopped.signal,
    });
    running.delete(title);
    printResult(result);
    return result;
  });
  clearInterval(progress);
  return results;
}

function printRunning(running: ReadonlyMap<string, number>): void {
  for (const [title, since] of running) {
    const seconds = Math.round((performance.now() - since) / 1000);
    if (seconds * 1000 >= STILL_RUNNING_EVERY_MS) console.log(`  … ${title} has been running for ${seconds} s`);
  }
}
