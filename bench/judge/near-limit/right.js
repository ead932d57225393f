import { readFileSync } from 'node:fs';

// User and system time in hundredths of a second.
const ticks = () => readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
for (let [user, system] = ticks(); user + system < 40; [user, system] = ticks()) {
  for (let until = performance.now() + 1; performance.now() < until; );
}
console.log('done');
