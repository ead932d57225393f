import { readFileSync } from 'node:fs';

let product = 1n;
for (let i = BigInt(readFileSync(0, 'utf8').trim()); i > 1n; i--) product *= i;
console.log(product.toString());
