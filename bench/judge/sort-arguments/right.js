const args = process.argv.slice(2).sort();
console.log([...args, args.length].join('\n'));
