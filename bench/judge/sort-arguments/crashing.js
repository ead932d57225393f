const args = process.argv.slice(2).sort();
const longest = args.reduce((a, b) => (a.length >= b.length ? a : b)); // TypeError if there are none
for (const arg of args) console.log(arg.slice(0, longest.length));
console.log(args.length);
