// @shared-engine: what it asserts does not depend on what else runs on the machine.
// @cells
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunBody, Service } from './service.ts';

const PYTHON = `
import socket
print(*sorted({found[4][0] for found in socket.getaddrinfo("localhost", 80)}))
server = socket.create_server(("localhost", 0))
client = socket.create_connection(("localhost", server.getsockname()[1]))
server.accept()[0].send(b"heard")
print(client.recv(5).decode())
print(socket.gethostname(), len(socket.getaddrinfo(socket.gethostname(), 80)) > 0)
`;

const JAVASCRIPT = `
import { lookup } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { hostname } from 'node:os';
console.log(...new Set((await lookup('localhost', { all: true })).map(({ address }) => address).sort()));
const server = createServer((socket) => socket.end('heard'));
await new Promise((resolve) => server.listen(0, 'localhost', resolve));
const heard = await new Promise((resolve) => connect(server.address().port, 'localhost').on('data', resolve));
console.log(String(heard));
console.log(hostname(), (await lookup(hostname())).address.length > 0);
server.close();
`;

/**
 * Uses Bun's own server. On a network without IPv6, Bun's `node:net` listens on `::1` but connects to 127.0.0.1: its listener prefers IPv6,
 * while its client asks the C library only for addresses of the network's families.
 */
const BUN = `
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
console.log(...new Set((await lookup('localhost', { all: true })).map(({ address }) => address).sort()));
const server = Bun.serve({ hostname: 'localhost', port: 0, fetch: () => new Response('heard') });
console.log(await (await fetch('http://localhost:' + server.port)).text());
console.log(hostname(), (await lookup(hostname())).address.length > 0);
await server.stop(true);
`;

const GO = `package main
import ("fmt"; "net"; "os"; "sort"; "strings")
func must(err error) { if err != nil { panic(err) } }
func main() {
  addresses, err := net.LookupHost("localhost"); must(err)
  sort.Strings(addresses)
  fmt.Println(strings.Join(addresses, " "))
  server, err := net.Listen("tcp", "localhost:0"); must(err)
  _, port, _ := net.SplitHostPort(server.Addr().String())
  go func() { peer, err := server.Accept(); must(err); peer.Write([]byte("heard")); peer.Close() }()
  client, err := net.Dial("tcp", "localhost:" + port); must(err)
  heard := make([]byte, 5)
  _, err = client.Read(heard); must(err)
  fmt.Println(string(heard))
  name, _ := os.Hostname()
  own, err := net.LookupHost(name); must(err)
  fmt.Println(name, len(own) > 0)
}`;

const RUST = `
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
fn main() {
    let found: BTreeSet<String> = ("localhost", 80).to_socket_addrs().unwrap().map(|a| a.ip().to_string()).collect();
    println!("{}", found.into_iter().collect::<Vec<_>>().join(" "));
    let server = TcpListener::bind("localhost:0").unwrap();
    let mut client = TcpStream::connect(("localhost", server.local_addr().unwrap().port())).unwrap();
    server.accept().unwrap().0.write_all(b"heard").unwrap();
    let mut heard = String::new();
    client.read_to_string(&mut heard).unwrap();
    println!("{heard}");
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    println!("{} {}", name.trim(), (name.trim(), 80).to_socket_addrs().unwrap().count() > 0);
}`;

const PROGRAMS: Record<string, string> = {
  python: PYTHON,
  node: JAVASCRIPT,
  deno: JAVASCRIPT,
  bun: BUN,
  go: GO,
  rust: RUST,
};

/** Programs that print both addresses of `localhost`, what a client received from a server on it, and whether the own host name resolves. */
const RIGHT = ['127.0.0.1 ::1', 'heard', /^sandbox [Tt]rue$/] as const;

describe('localhost and the own host name resolve', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ NETWORK_POLICY: 'allow' });
  });
  after(() => service.stop());

  for (const [image, code] of Object.entries(PROGRAMS)) {
    for (const network of [false, true]) {
      test(`${image}, ${network ? 'with' : 'without'} a network`, async () => {
        const body: RunBody = { image, code, allow_network: network };
        const answer = await service.run(body);
        assert.deepEqual([answer.status, answer.exit_code], ['completed', 0], answer.stderr);
        const [addresses, heard, own] = answer.stdout.split('\n');
        assert.deepEqual([addresses, heard], [RIGHT[0], RIGHT[1]]);
        assert.match(own ?? '', RIGHT[2]);
      });
    }
  }
});
