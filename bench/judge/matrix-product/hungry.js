import { readFileSync } from 'node:fs';

const [n, ...m] = readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
// Stores the partial products of every number of the result.
const sheets = Array.from({ length: n * n }, () => new Float64Array(n * n).fill(0));
sheets.forEach((sheet, at) => {
  const [i, j] = [Math.floor(at / n), at % n];
  for (let k = 0; k < n; k++) sheet[k] = m[i * n + k] * m[n * n + k * n + j];
});
console.log(sheets.map((sheet) => sheet.reduce((a, b) => a + b, 0)).join(' '));
