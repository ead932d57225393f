import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';

const README = readFileSync('README.md', 'utf8');
const SECTION = README.slice(README.indexOf('## Configure it'), README.indexOf('**Operating it.**'));
/** Each row of the table: its variables, and the cell that tells their defaults. */
const ROWS = [...SECTION.matchAll(/^\| (`[A-Z].*?) \| (.*?) \|/gm)].map(([, names = '', defaults = '']) => ({
  names: [...names.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name),
  defaults,
}));
const VARIABLES = ROWS.flatMap(({ names }) => names);

/** The defaults that are told as values: a number, bytes in MiB, or text in backticks. Others are told in words. */
function toldValues(): Record<string, string> {
  const told = ROWS.flatMap(({ names, defaults }) => {
    const cells = defaults.split(', ');
    const unit = cells.every((cell) => /^\d+( MiB)?$/.test(cell)) && defaults.endsWith(' MiB') ? ' MiB' : '';
    return names.flatMap((name, index): [string, string][] => {
      const value = toldValue((cells[index] ?? '').replace(/^\d+$/, `$&${unit}`));
      return value === undefined ? [] : [[name, value]];
    });
  });
  return Object.fromEntries(told);
}

function toldValue(cell: string): string | undefined {
  const [, mebibytes] = /^(\d+) MiB$/.exec(cell) ?? [];
  if (mebibytes !== undefined) return String(Number(mebibytes) * 1024 ** 2);
  return /^([\d.]+)$/.exec(cell)?.[1] ?? /^`([^`~]+)`$/.exec(cell)?.[1];
}

test('every variable of the configuration table is read, and every one that is read is told', () => {
  assert.ok(VARIABLES.length > 30);
  const source = readFileSync('src/config/config.ts', 'utf8');
  for (const name of VARIABLES) assert.ok(source.includes(`'${name}'`), `${name} is read`);
  for (const [, name = ''] of source.matchAll(/'([A-Z][A-Z_]{3,})'/g))
    assert.ok(VARIABLES.includes(name), `${name} is told`);
});

test('the defaults that it tells are those that are used: setting every one of them changes nothing', () => {
  const told = toldValues();
  assert.ok(Object.keys(told).length > 35, Object.keys(told).join());
  assert.deepEqual(parseConfig(told), parseConfig({}));
});
