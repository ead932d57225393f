import { createInterface } from 'node:readline';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const alike = (a, b) => [...a].filter((c, i) => c === b[i]).length;
// All words that there are, of all letters, looked at for every guess.
function* words(length) {
  if (length === 0) yield '';
  else for (const word of words(length - 1)) for (const c of letters) yield word + c;
}
const answers = [];
function guess() {
  for (const word of words(5)) {
    if (/[^a-e]/.test(word) || !answers.every(([old, right]) => alike(old, word) === right)) continue;
    if (answers.length === 0 && word !== 'eeeee') continue;
    answers.push([word, undefined]);
    process.stdout.write(`${word}\n`);
    return;
  }
}
guess();
for await (const line of createInterface({ input: process.stdin })) {
  if (line === '5') break;
  answers.at(-1)[1] = Number(line);
  guess();
}
process.exit(0);
