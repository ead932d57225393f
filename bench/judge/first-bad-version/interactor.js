const { readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

const [n, first] = readFileSync('input', 'utf8').split(' ').map(Number);
let questions = 0;
console.log(n);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [verb, word] = line.split(' ');
    if (verb === '!') process.exit(Number(word) === first ? 0 : 1);
    questions++;
    if (verb !== '?' || questions > 32 || !(Number(word) >= 1 && Number(word) <= n)) process.exit(1);
    console.log(Number(word) >= first ? 'bad' : 'good');
  })
  .on('close', () => process.exit(1));
