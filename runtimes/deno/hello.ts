console.log('Hello from Deno')
