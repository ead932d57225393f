import { readFileSync } from 'node:fs';

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const [text, days] = line.split(' ');
  const date = new Date(`${text}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + Number(days));
  console.log(date.toISOString().slice(0, 10));
}
