import { setTimeout as sleep } from 'node:timers/promises';
import type { Trial } from './bench-context.ts';
import { Client, type Reply } from './client.ts';
import { startCpuMeter, withoutBackground } from './cpu-meter.ts';
import { gently } from './load.ts';
import { round, sum } from './statistics.ts';

const IDLE_MS = 4000;
/** Time after the last response for work that callers do not wait for: removal and refills. */
const AFTERMATH_MS = 2000;

/** CPU milliseconds per run. */
export interface CpuCost {
  readonly runs: number;
  /** Compiling and running, as reported by the sandboxes. */
  readonly program: number;
  readonly service: number;
  /** Everything else: daemons, shims, runc, sandbox-init and the kernel's work for them. */
  readonly engine: number;
  /** The part of it that dockerd and containerd used. */
  readonly daemons: number;
  readonly client: number;
  /** CPU milliseconds per second of the idle machine and the idle service. They are not included in the numbers above. */
  readonly idleMachinePerSecond: number;
  readonly idleServicePerSecond: number;
}

/** How much CPU time each component uses per run, at the gentle rate. */
export async function measureCpuCost({ effort, service, subject }: Trial): Promise<CpuCost> {
  using client = new Client(service.url, 1);
  const idle = await metered(service.pid, () => sleep(IDLE_MS));
  let replies: Reply[] = [];
  const gross = await metered(service.pid, async () => {
    replies = await gently(effort.cpuRuns, effort.gapMs, () => client.run(subject.body));
    await sleep(AFTERMATH_MS);
  });
  const net = withoutBackground(gross, idle);
  const programMs = sum(replies.map(programCpuMs));
  const perRun = (milliseconds: number) => round(milliseconds / replies.length);
  return {
    runs: replies.length,
    program: perRun(programMs),
    service: perRun(net.serviceMs),
    engine: perRun(net.machineMs - net.serviceMs - net.clientMs - programMs),
    daemons: perRun(net.daemonsMs),
    client: perRun(net.clientMs),
    idleMachinePerSecond: round((idle.machineMs * 1000) / idle.elapsedMs),
    idleServicePerSecond: round((idle.serviceMs * 1000) / idle.elapsedMs),
  };
}

async function metered(servicePid: number, work: () => Promise<void>) {
  const read = startCpuMeter(servicePid);
  await work();
  return read();
}

function programCpuMs({ answer }: Reply): number {
  return (answer?.compile?.usage.cpu_ms ?? 0) + (answer?.usage.cpu_ms ?? 0);
}
