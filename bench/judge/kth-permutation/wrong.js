import { readFileSync } from 'node:fs';

let [n, k] = readFileSync(0, 'utf8').trim().split(' ').map(BigInt);
const letters = [...'abcdefghijklmnopqrst'].slice(0, Number(n));
let block = letters.reduce((product, _, i) => product * BigInt(i + 1), 1n);
let word = k >= block ? 'none' : ''; // counts k from 0
while (word !== 'none' && letters.length > 0) {
  block /= BigInt(letters.length);
  word += letters.splice(Number(k / block), 1)[0];
  k %= block;
}
console.log(word);
