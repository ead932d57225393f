const { readFileSync } = require('node:fs');

const read = (name) => readFileSync(name, 'utf8');
const fail = (message) => {
  console.log(message);
  process.exit(1);
};
const [[n], ...rules] = read('input').trim().split('\n').map((line) => line.split(' ').map(Number));
const words = read('output').trim().split(/\s+/);
if (read('expected').trim() === 'impossible') {
  if (words.join() !== 'impossible') fail('the rules contradict each other');
  process.exit(0);
}
const place = new Map(words.map((word, i) => [Number(word), i]));
if (words.length !== n) fail(`${words.length} tasks instead of ${n}`);
for (let task = 1; task <= n; task++) if (!place.has(task)) fail(`task ${task} is missing`);
for (const [a, b] of rules) if (place.get(a) > place.get(b)) fail(`${b} comes before ${a}`);
