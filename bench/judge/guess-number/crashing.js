import { createInterface } from 'node:readline';

let [low, high, middle] = [1, 1000000, 0];
const guess = () => {
  middle = (low + high) >> 1;
  process.stdout.write(`${middle}\n`);
};
const moves = { '<': () => (high = middle - 1), '>': () => (low = middle + 1) };
guess();
for await (const answer of createInterface({ input: process.stdin })) {
  moves[answer](); // there is no move for =
  guess();
}
