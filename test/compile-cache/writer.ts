import { setTimeout as sleep } from 'node:timers/promises';
import { ArtefactStore } from '../../src/compile-cache/store.ts';
import { MEBIBYTE } from '../fixtures.ts';
import { compiled, keyOf } from './entries.ts';

/** Writes large entries into the directory given as the first argument, as many as the second says, and prints errors. */
const [directory = '', entries = '1000'] = process.argv.slice(2);
const store = new ArtefactStore({
  directory,
  maxBytes: 1024 * MEBIBYTE,
  onError: (error) => process.stdout.write(`${error}\n`),
});
process.stdout.write('writing\n');
for (let number = 0; number < Number(entries); number += 1) {
  store.write(keyOf(String(number % 16)), compiled(Buffer.alloc(8 * MEBIBYTE, number)));
  await store.settle();
  await sleep(1);
}
