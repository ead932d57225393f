import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';
import { configurationPage } from '../../src/config/documentation.ts';
import { VARIABLES } from '../../src/config/table.ts';
import { formatSize } from '../../src/core/size.ts';

const PAGE = readFileSync('docs/configuration.md', 'utf8');
const README = readFileSync('README.md', 'utf8');

test('docs/configuration.md matches the table; if not, run npm run docs', () => {
  assert.equal(PAGE, configurationPage());
});

test('the documented defaults are the real ones: setting all of them changes nothing', () => {
  const documented = [...PAGE.matchAll(/^\| `([A-Z_]+)` \| `([^`~]+)` \|/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  assert.ok(documented.length > 35, `${documented.length} defaults`);
  assert.deepEqual(parseConfig(Object.fromEntries(documented)), parseConfig({}));
});

test('README mentions only variables that exist', () => {
  const named = [...README.matchAll(/`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`/g)].map(([, name = '']) => name);
  const ours = named.filter((name) => !NOT_OURS.has(name));
  assert.ok(ours.length > 5, ours.join());
  assert.deepEqual(
    ours.filter((name) => !(name in VARIABLES)),
    [],
  );
});

/** Variables of programs that README mentions. The service does not read them. */
const NOT_OURS = new Set(['ENCODED_CODE', 'ENCODED_FILES', 'CUSTOM_ENTRYPOINT']);

test('the defaults of the request fields in README are those of the configuration', () => {
  const { limits } = parseConfig({});
  const defaults: Record<string, string> = {
    timeout: String(limits.timeoutMs.default / 1000),
    compile_timeout: String(limits.compileTimeoutMs.default / 1000),
    mem_limit: `\`${formatSize(limits.memoryBytes.default)}\``,
    cpu_shares: String(limits.cpuShares.default),
    cpus: String(limits.cpus.default),
    disk_limit: `\`${formatSize(limits.diskBytes.default)}\``,
    pids_limit: String(limits.pids.default),
    output_limit: `\`${formatSize(limits.outputBytes.default)}\``,
    allow_network: String(limits.networkDefault),
  };
  for (const [field, expected] of Object.entries(defaults)) {
    const [, documented] = new RegExp(`^\\| \`${field}\` \\| [^|]+ \\| ([^|]+) \\|`, 'm').exec(README) ?? [];
    assert.equal(documented, expected, field);
  }
});
