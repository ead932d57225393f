import { readFileSync } from 'node:fs';

const open = '([{';
const close = ')]}';
for (const text of readFileSync(0, 'utf8').split('\n').slice(0, -1)) {
  const stack = [];
  let good = true;
  for (const c of text) {
    if (open.includes(c)) stack.push(c);
    else if (stack.length === 0 || open.indexOf(stack.pop()) !== close.indexOf(c)) good = false;
  }
  console.log(good && stack.length === 0 ? 'yes' : 'no');
}
