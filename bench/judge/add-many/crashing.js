import { readFileSync } from 'node:fs';

const lines = readFileSync(0, 'utf8').split('\n');
// There is no second line when the input is empty.
const words = lines[1].split(' ').filter((word) => word !== '');
console.log(String(words.reduce((sum, word) => sum + BigInt(word), 0n)));
