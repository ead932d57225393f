import type { Variable } from './kinds.ts';
import { SECTIONS } from './table.ts';

const INTRODUCTION = `# Configuration

Every environment variable that the service reads. Variables can also be set in a \`.env\` file in the working directory. An empty
variable counts as not set. If a value is invalid, the service does not start and reports every problem at once.

\`npm run docs\` generates this page from [src/config/table.ts](../src/config/table.ts).`;

/** Generates \`docs/configuration.md\` from the table. */
export function configurationPage(): string {
  const sections = Object.entries(SECTIONS).map(([title, variables]) => sectionOf(title, variables));
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

function sectionOf(title: string, variables: Readonly<Record<string, Variable<unknown>>>): string {
  const rows = Object.entries(variables).map(
    ([name, { meaning, form, shown }]) => `| \`${name}\` | ${shown || '—'} | ${meaning} | ${form} |`,
  );
  return [`## ${title}`, '', '| variable | default | meaning | allowed values |', '|---|---|---|---|', ...rows].join(
    '\n',
  );
}
