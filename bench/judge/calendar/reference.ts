import { integers, lines } from '../generate.ts';

const DAYS_IN_400_YEARS = 146_097;

export function solve(stdin: string): string {
  const answers = stdin
    .trim()
    .split('\n')
    .map((text) => {
      const [year = 0, month = 0, day = 0, later = 0] = text.replace(/(\d)-/g, '$1 ').split(' ').map(Number);
      return toDate(toDays(year, month, day) + later);
    });
  return lines(answers);
}

/** Days since 1 March of year 0. */
function toDays(year: number, month: number, day: number): number {
  const months = 12 * year + month - 3;
  const y = Math.floor(months / 12);
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + daysBefore(months % 12) + day - 1;
}

/** Days of the year before a month. The year starts in March. */
function daysBefore(month: number): number {
  return Math.floor((153 * month + 2) / 5);
}

function toDate(days: number): string {
  let y = Math.floor((days * 400) / DAYS_IN_400_YEARS) + 1;
  while (toDays(y, 3, 1) > days) y -= 1;
  const rest = days - toDays(y, 3, 1);
  const month = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].find((index) => daysBefore(index) <= rest) ?? 0;
  const parts = [month < 10 ? y : y + 1, ((month + 2) % 12) + 1, rest - daysBefore(month) + 1];
  return parts.map((part, index) => String(part).padStart(index === 0 ? 4 : 2, '0')).join('-');
}

export const inputs = {
  far: () =>
    lines(integers({ seed: 12, count: 20, min: 2_400_000, max: 2_800_000 }).map((days) => `2000-02-29 ${days}`)),
};
