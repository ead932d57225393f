export type Cell = string | number | undefined;

/** Formats a table with text aligned to the left and numbers to the right. */
export function renderTable(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '';
  const texts = [head, ...rows.map((row) => row.map(toText))];
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => rows.every((row) => typeof row[column] !== 'string'));
  const lines = texts.map((row) =>
    row.map((text, column) => pad(text, widths[column] ?? 0, isNumber[column] ?? false)).join('  '),
  );
  return `${[title, '', ...lines].map((line) => line.trimEnd()).join('\n')}\n\n`;
}

function toText(cell: Cell): string {
  return cell === undefined || Number.isNaN(cell) ? '–' : String(cell);
}

function pad(text: string, width: number, toRight: boolean): string {
  return toRight ? text.padStart(width) : text.padEnd(width);
}
