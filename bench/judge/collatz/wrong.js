import { readFileSync } from 'node:fs';

for (let n of readFileSync(0, 'utf8').trim().split('\n').map(Number)) {
  const chain = [n];
  while (n !== 1) chain.push((n = n % 2 === 0 ? n / 2 : 3 * n + 1));
  console.log(chain.length); // counts numbers, not steps
}
