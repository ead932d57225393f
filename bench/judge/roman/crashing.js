import { readFileSync } from 'node:fs';

const ones = ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII']; // IX is missing
const tens = ['', 'X', 'XX', 'XXX', 'XL', 'L', 'LX', 'LXX', 'LXXX'];
for (const word of readFileSync(0, 'utf8').trim().split('\n')) {
  const n = Number(word);
  console.log(tens[Math.floor(n / 10)].concat(ones[n % 10].toString()));
}
