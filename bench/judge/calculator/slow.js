import { readFileSync } from 'node:fs';

/** The last operator outside brackets that binds least; each part is evaluated twice, to be safe. */
function evaluate(s) {
  for (const operators of ['+-', '*/']) {
    for (let i = s.length - 1, depth = 0; i > 0; i--) {
      depth += s[i] === ')' ? 1 : s[i] === '(' ? -1 : 0;
      if (depth > 0 || !operators.includes(s[i]) || '+-*/('.includes(s[i - 1])) continue;
      const [left, right] = [s.slice(0, i), s.slice(i + 1)];
      if (Number.isNaN(evaluate(left)) || Number.isNaN(evaluate(right))) return NaN;
      const [a, b] = [evaluate(left), evaluate(right)];
      return s[i] === '+' ? a + b : s[i] === '-' ? a - b : s[i] === '*' ? a * b : Math.trunc(a / b);
    }
  }
  if (s.startsWith('-')) return -evaluate(s.slice(1));
  return s.startsWith('(') ? evaluate(s.slice(1, -1)) : Number(s);
}
console.log(evaluate(readFileSync(0, 'utf8').replaceAll(/\s/g, '')));
