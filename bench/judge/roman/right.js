import { readFileSync } from 'node:fs';

const ones = ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX'];
const shift = (text, from, to) => [...text].map((c) => to[from.indexOf(c)]).join('');
for (const word of readFileSync(0, 'utf8').trim().split('\n')) {
  const [units, tens = 0, hundreds = 0, thousands = 0] = [...word].reverse().map(Number);
  console.log('M'.repeat(thousands) + shift(ones[hundreds], 'IVX', 'CDM') + shift(ones[tens], 'IVX', 'XLC') + ones[units]);
}
