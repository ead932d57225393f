// @shared-engine
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../eventually.ts';
import { EngineProxy } from './engine-proxy.ts';
import { type RunAnswer, type RunBody, Service } from './service.ts';

const CELLS = { RUNTIMES: 'python', WARM_POOL: 'python=1', TRUST_TENANT_HEADER: 'true' };
/** Prints the uid, which every container has for itself. */
const WHERE = { code: 'import os; print(os.getuid())' };

async function run(service: Service, body: RunBody, tenant = 'a'): Promise<RunAnswer> {
  const response = await service.post(body, { headers: { 'x-tenant': tenant } });
  const answer = (await response.json()) as RunAnswer;
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer;
}

/** A run of this tenant in a sandbox that was ready. */
function warmRun(service: Service, body: RunBody, tenant?: string): Promise<RunAnswer> {
  return eventually(async () => {
    const answer = await run(service, body, tenant);
    assert.equal(answer.sandbox, 'warm');
    return answer;
  });
}

async function healthOf(service: Service): Promise<unknown> {
  return ((await service.get('/health')).body as { isolation: unknown }).isolation;
}

function logOf(service: Service, message: RegExp): string[] {
  return service.log.filter((line) => message.test(line));
}

describe('ISOLATION=cells', () => {
  let service: Service;
  before(async () => {
    service = await Service.start({ ...CELLS, ISOLATION: 'cells', CELLS_PER_CONTAINER: '5' });
  });
  after(() => service.stop());

  test('runs are in cells, and /health says so', async () => {
    assert.equal((await run(service, WHERE)).isolation, 'cell');
    assert.deepEqual(await healthOf(service), { python: { isolation: 'cell' } });
    assert.deepEqual(logOf(service, /cells do not work/), []);
  });

  test('the next run of a tenant is in the same container, and finds nothing of the one before', async () => {
    const leave = `${WHERE.code}; open("/tmp/mine", "w"); open("/workspace/mine", "w"); open("/dev/shm/mine", "w")`;
    const seen =
      'import os; print(os.getuid()); print([p for p in ("/tmp", "/workspace", "/dev/shm") if "mine" in os.listdir(p)])';
    await eventually(async () => {
      const first = await run(service, { code: leave });
      const second = await warmRun(service, { code: seen });
      assert.deepEqual(second.stdout.split('\n'), [first.stdout.trim(), '[]', '']);
    });
  });

  test('another tenant is in another container', async () => {
    const uids = new Map<string, Set<string>>();
    for (const tenant of ['a', 'b', 'c', 'a', 'b', 'c']) {
      const { stdout } = await run(service, WHERE, tenant);
      uids.set(tenant, (uids.get(tenant) ?? new Set()).add(stdout));
    }
    const all = [...uids.values()].flatMap((own) => [...own]);
    assert.equal(new Set(all).size, all.length, 'no uid of two tenants');
  });

  test('a container is replaced after its runs', async () => {
    const uids: string[] = [];
    for (let count = 0; count < 12; count += 1) uids.push((await warmRun(service, WHERE, 'long')).stdout);
    for (const uid of new Set(uids)) assert.ok(uids.filter((other) => other === uid).length <= 5, uids.join());
    assert.ok(new Set(uids).size >= 3);
  });

  test('a container of its own for whoever asks, and with a network', async () => {
    for (const fields of [{ isolation: 'container' }, { allow_network: true }]) {
      const answers = [await run(service, { ...WHERE, ...fields }), await run(service, { ...WHERE, ...fields })];
      assert.deepEqual(
        answers.map(({ isolation }) => isolation),
        ['container', 'container'],
      );
      assert.notEqual(answers[0]?.stdout, answers[1]?.stdout);
    }
  });

  test('a run that ran out of memory ends its container', async () => {
    const before = await warmRun(service, WHERE, 'hungry');
    const killed = await warmRun(service, { code: `${WHERE.code}; x = bytearray(1 << 30)` }, 'hungry');
    assert.deepEqual([killed.status, killed.isolation], ['out_of_memory', 'cell']);
    const after = await run(service, WHERE, 'hungry');
    assert.notEqual(after.stdout, killed.stdout || before.stdout);
  });
});

test('ISOLATION=containers: every run has a container of its own', async () => {
  await using service = await Service.start({ ...CELLS, ISOLATION: 'containers' });
  const answers = [await run(service, WHERE), await run(service, WHERE)];
  assert.deepEqual(
    answers.map(({ isolation }) => isolation),
    ['container', 'container'],
  );
  assert.notEqual(answers[0]?.stdout, answers[1]?.stdout);
  assert.deepEqual(await healthOf(service), { python: { isolation: 'container' } });
});

test('where the engine does not allow cells, runs get containers, and the log, /health and the metrics say why', async () => {
  await using engine = await EngineProxy.open();
  // The engine's own seccomp profile, as where a security module has the last word.
  engine.rewrite(/^POST \/containers\/create/, (body) => {
    const options = JSON.parse(body) as { HostConfig: { SecurityOpt: string[] } };
    options.HostConfig.SecurityOpt = options.HostConfig.SecurityOpt.filter((option) => !option.startsWith('seccomp='));
    return JSON.stringify(options);
  });
  await using service = await Service.start({ ...CELLS, ISOLATION: 'cells', DOCKER_SOCKET: engine.path });
  const answers = [await run(service, WHERE), await run(service, WHERE)];
  assert.deepEqual(
    answers.map(({ isolation }) => isolation),
    ['container', 'container'],
  );
  assert.notEqual(answers[0]?.stdout, answers[1]?.stdout);
  const { python } = (await healthOf(service)) as { python: { isolation: string; reason: string } };
  assert.equal(python.isolation, 'container');
  assert.match(python.reason, /^[^\n]*unshare: Operation not permitted$/);
  assert.ok(
    logOf(service, /cells do not work/).some((line) => line.includes(JSON.stringify(python.reason).slice(1, -1))),
  );
  const refused = 'code_runner_sandboxes_total{image="code-runner-python",event="cells_refused"}';
  assert.ok((await service.metric(refused)) >= 1);
});
