import { createInterface } from 'node:readline';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const alike = (a, b) => [...a].filter((c, i) => c === b[i]).length;
// Searches all words of all 26 letters for every guess.
function* words(length) {
  if (length === 0) yield '';
  else for (const word of words(length - 1)) for (const c of letters) yield word + c;
}
const answers = [];
function guess() {
  let last;
  for (const word of words(5)) if (answers.every(([old, right]) => alike(old, word) === right)) last = word;
  answers.push([last, undefined]);
  process.stdout.write(`${last}\n`);
}
guess();
for await (const line of createInterface({ input: process.stdin })) {
  if (line === '5') break;
  answers.at(-1)[1] = Number(line);
  guess();
}
process.exit(0);
