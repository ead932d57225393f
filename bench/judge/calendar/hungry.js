import { readFileSync } from 'node:fs';

const lines = readFileSync(0, 'utf8').trim().split('\n');
const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / 86_400_000);
// Builds a calendar of all days for every line.
const calendars = lines.map(() => new Float64Array(366 * 10_000).map((_, i) => i - 720_000));
calendars.push(...lines.map(() => new Float64Array(8 * 366 * 10_000).fill(0)));
lines.forEach((line, i) => {
  const [text, days] = line.split(' ');
  const found = calendars[i].indexOf(dayNumber(text) + Number(days));
  console.log(new Date(calendars[i][found] * 86_400_000).toISOString().slice(0, 10));
});
