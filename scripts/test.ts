import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../src/config/config.ts';
import { aptInstall } from './ensure-engine.ts';
import { prepare, projectFolder } from './prepare.ts';
import { isInstalled, isRoot, outputOf, UserError } from './shell.ts';

const FOLDERS = ['test', 'sandbox-init/test'];

/** `npm test [word…]`: everything that is missing, then every check and test whose path holds one of the words. */
try {
  await prepare(loadConfig());
  ensureTools();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
}
const words = process.argv.slice(3);
if (words.length === 0) {
  check('types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.']);
  check('style', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']);
}
check('tests', ['--import', 'tsx', '--test', '--test-concurrency=1', '--test-timeout=600000', ...testFiles(words)]);

/** What the tests themselves use: curl for the README's examples, the docker client and Compose for the service's image. */
function ensureTools(): void {
  const hasCompose = outputOf('docker', ['compose', 'version']) !== undefined || isInstalled('docker-compose');
  const missing = [
    ...(isInstalled('curl') ? [] : ['curl']),
    ...(isInstalled('docker') ? [] : ['docker-cli']),
    ...(hasCompose ? [] : ['docker-compose']),
  ];
  if (missing.length === 0) return;
  if (!isRoot() || !isInstalled('apt-get')) throw new UserError(`The tests need ${missing.join(', ')}; install them.`);
  aptInstall(missing);
}

function testFiles(words: readonly string[]): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(projectFolder(), folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  )
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort();
}

function check(what: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: projectFolder(), stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${what}: failed${isRoot() ? '' : ' (not root: some tests need it)'}`);
  process.exit(status ?? 1);
}
