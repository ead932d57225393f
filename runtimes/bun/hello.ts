console.log('Hello from Bun')
