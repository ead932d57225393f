import { createInterface } from 'node:readline';

let [low, high, middle] = [1, 1000000, 0];
const guess = () => {
  middle = (low + high) >> 1;
  process.stdout.write(`${middle}\n`);
};
guess();
for await (const answer of createInterface({ input: process.stdin })) {
  if (answer === '=') break;
  if (answer === '<') high = middle - 1;
  else low = middle + 1;
  guess();
}
process.exit(0);
