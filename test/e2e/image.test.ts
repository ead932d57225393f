// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../eventually.ts';

/** Runs Compose as a user would, with whichever version this machine has. */
function compose(port: number, ...args: string[]): string {
  const env = {
    ...process.env,
    PORT: String(port),
    AUTH_TOKEN: 'image-test',
    COMPOSE_PROJECT_NAME: 'code-runner-test',
  };
  const plugin = (() => {
    try {
      execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' });
      return ['docker', 'compose'] as const;
    } catch {
      return ['docker-compose'] as const;
    }
  })();
  const [command, ...rest] = plugin;
  return execFileSync(command, [...rest, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Behind a proxy that re-signs TLS, the build needs the machine's certificates in its context, as README says. */
function provideCertificates(): void {
  const bundle = process.env['NODE_EXTRA_CA_CERTS'] ?? process.env['SSL_CERT_FILE'];
  if (bundle !== undefined && existsSync(bundle)) copyFileSync(bundle, 'ca-certificates.crt');
}

describe("the service's own image, by Compose, on the real engine", () => {
  let port: number;
  before(async () => {
    provideCertificates();
    port = await freePort();
    compose(port, 'up', '--build', '--detach');
  });
  after(() => {
    compose(port, 'down', '--volumes');
  });

  test('becomes ready and runs a program of each kind', async () => {
    await eventually(async () => {
      // Uses curl, because fetch in Node 20 never settles if the engine's proxy accepts a connection and drops it.
      execFileSync('curl', ['--silent', '--fail-with-body', '--max-time', '2', `http://127.0.0.1:${port}/readyz`]);
    }, 90_000);
    for (const [image, code, stdout] of [
      ['python', 'print(6 * 7)', '42\n'],
      ['go', 'package main\nimport "fmt"\nfunc main() { fmt.Println(6 * 7) }', '42\n'],
    ]) {
      const response = await fetch(`http://127.0.0.1:${port}/run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer image-test' },
        body: JSON.stringify({ image, code }),
      });
      const answer = (await response.json()) as { stdout: string; status: string; isolation: string };
      assert.deepEqual([answer.status, answer.stdout, answer.isolation], ['completed', stdout, 'cell']);
    }
  });

  test('is hardened: read-only, without capabilities', () => {
    const id = compose(port, 'ps', '-q', 'code-runner').trim();
    const [inspected] = JSON.parse(execFileSync('docker', ['inspect', id], { encoding: 'utf8' }));
    assert.equal(inspected.HostConfig.ReadonlyRootfs, true);
    assert.deepEqual(inspected.HostConfig.CapDrop, ['ALL']);
  });

  test('exits with 0 on SIGTERM', () => {
    const id = compose(port, 'ps', '-q', 'code-runner').trim();
    compose(port, 'stop', 'code-runner');
    const [inspected] = JSON.parse(execFileSync('docker', ['inspect', id], { encoding: 'utf8' }));
    assert.equal(inspected.State.ExitCode, 0);
  });
});
