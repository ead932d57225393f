import { createInterface } from 'node:readline';

let versions;
for await (const line of createInterface({ input: process.stdin })) {
  versions ??= new Uint8Array(Number(line) + 1).fill(1); // 1: may be the first
  const middle = () => Math.floor((versions.indexOf(1, 1) + versions.lastIndexOf(1)) / 2);
  if (line === 'bad') versions.fill(0, middle() + 1);
  if (line === 'good') versions.fill(0, 0, middle() + 1);
  const first = versions.indexOf(1, 1);
  process.stdout.write(first === versions.lastIndexOf(1) ? `! ${first}\n` : `? ${middle()}\n`);
  if (first === versions.lastIndexOf(1)) break;
}
process.exit(0);
