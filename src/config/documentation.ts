import type { Variable } from './kinds.ts';
import { SECTIONS } from './table.ts';

const INTRODUCTION = `# Configuration

Every variable that the service reads, from the environment or from a \`.env\` file in its working directory. A variable that is
empty counts as not set. A bad value stops the start, with all problems named at once.

This page is made from [the table that the service reads](../src/config/table.ts) by \`npm run docs\`.`;

/** \`docs/configuration.md\`, made from the table. */
export function configurationPage(): string {
  const sections = Object.entries(SECTIONS).map(([title, variables]) => sectionOf(title, variables));
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

function sectionOf(title: string, variables: Readonly<Record<string, Variable<unknown>>>): string {
  const rows = Object.entries(variables).map(
    ([name, { meaning, form, shown }]) => `| \`${name}\` | ${shown || '—'} | ${meaning} | ${form} |`,
  );
  return [`## ${title}`, '', '| variable | default | what it does | value |', '|---|---|---|---|', ...rows].join('\n');
}
