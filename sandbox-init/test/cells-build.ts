/** What the tests of cells share. */
import { IN, OUT } from '../../src/init-protocol/codec.ts';
import type { Build, Sandbox } from './harness.ts';
import { buildImageIfChanged } from './image.ts';

buildImageIfChanged();

export const CELLS: Build = { name: 'cells', binary: '/sandbox-init', isCell: true };

/** The same without some protection of cells. */
export function cellsWithout(part: string): Build {
  return { ...CELLS, name: `cells without ${part}`, binary: `/sandbox-init-cell-without-${part}` };
}

/** Ends the cell and awaits the `ready` of the next; says after how many milliseconds it came. */
export async function nextCell(sandbox: Sandbox): Promise<number> {
  const begin = performance.now();
  sandbox.send(IN.exit);
  await sandbox.next(OUT.ready);
  return performance.now() - begin;
}
