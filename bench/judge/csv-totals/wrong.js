import { readFileSync } from 'node:fs';

const totals = new Map();
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const [name, amount] = line.split(','); // also splits at commas within quotes
  totals.set(name, (totals.get(name) ?? 0) + Number(amount));
}
for (const [name, total] of totals) console.log(total, name);
