import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CellLife } from '../../../src/engines/docker/cell-life.ts';

test('a container serves as many runs as allowed, the first included', () => {
  for (const maxCells of [1, 2, 100]) {
    const life = new CellLife({ maxCells, maxAgeMs: 60_000 });
    let cells = 1;
    for (; life.allowsAnother; cells += 1) life.begin();
    assert.equal(cells, maxCells);
  }
});

test('no run begins in a container that is too old', (t) => {
  const life = new CellLife({ maxCells: 100, maxAgeMs: 60_000 });
  const born = performance.now();
  const clock = t.mock.method(performance, 'now', () => born + 59_000);
  assert.equal(life.allowsAnother, true);
  clock.mock.mockImplementation(() => born + 60_001);
  assert.equal(life.allowsAnother, false);
});
