import { createInterface } from 'node:readline';

let [low, high] = [1, 0];
const middle = () => Math.floor((low + high) / 2);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'bad') high = middle();
  else if (line === 'good') low = middle() + 1;
  else high = Number(line);
  process.stdout.write(low === high ? `! ${low}\n` : `? ${middle()}\n`);
  if (low === high) break;
}
process.exit(0);
