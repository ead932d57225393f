import { readFileSync } from 'node:fs';

// Reversing UTF-16 units breaks pairs of surrogates, which encodeURIComponent refuses.
const reverse = (line) => decodeURIComponent(encodeURIComponent(line.split('').reverse().join('')));
process.stdout.write(readFileSync(0, 'utf8').split('\n').map(reverse).join('\n'));
