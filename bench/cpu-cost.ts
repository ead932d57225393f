import { setTimeout as sleep } from 'node:timers/promises';
import type { Trial } from './bench-context.ts';
import { Client, type Reply } from './client.ts';
import { startCpuMeter, withoutBackground } from './cpu-meter.ts';
import { gently } from './load.ts';
import { round, sum } from './statistics.ts';

const IDLE_MS = 4000;
/** After the last answer, for what happens off the caller's path: removal, refill. */
const AFTERMATH_MS = 2000;

/** CPU milliseconds a run. */
export interface CpuCost {
  readonly runs: number;
  /** Compiling and running, as the sandboxes counted it. */
  readonly program: number;
  readonly service: number;
  /** All that is left: daemons, shims, runc, sandbox-init and the kernel on their behalf. */
  readonly engine: number;
  /** The part of it that dockerd and containerd used themselves. */
  readonly daemons: number;
  readonly client: number;
  /** CPU milliseconds a second of an idle machine and an idle service; they are not in the numbers above. */
  readonly idleMachinePerSecond: number;
  readonly idleServicePerSecond: number;
}

/** Who uses how much CPU time for a run, at the gentle rate. */
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
