import { readFileSync } from 'node:fs';

const [amount, ...coins] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
function least(left, from) {
  if (left === 0) return 0;
  if (left < 0 || from === coins.length) return Infinity;
  return Math.min(least(left, from + 1), 1 + least(left - coins[from], from));
}
coins.sort((a, b) => b - a);
const answer = least(amount, 0);
console.log(answer === Infinity ? -1 : answer);
