import { engineDaemons, machineCpuMs, processCpuMs } from './processes.ts';
import { sum } from './statistics.ts';

/** CPU milliseconds used, and the wall-clock milliseconds that passed. */
export interface CpuReading {
  readonly elapsedMs: number;
  readonly machineMs: number;
  readonly serviceMs: number;
  readonly clientMs: number;
  readonly daemonsMs: number;
}

/** Measures the CPU time of the service, the client (this process), the engine's daemons and the whole machine from now on. */
export function startCpuMeter(servicePid: number): () => CpuReading {
  const daemons = engineDaemons();
  const read = (): CpuReading => ({
    elapsedMs: performance.now(),
    machineMs: machineCpuMs(),
    serviceMs: processCpuMs(servicePid),
    clientMs: processCpuMs(process.pid),
    daemonsMs: sum(daemons.map(processCpuMs)),
  });
  const before = read();
  return () => combine(read(), before, (after, earlier) => after - earlier);
}

/** The usage above idle. */
export function withoutBackground(reading: CpuReading, idle: CpuReading): CpuReading {
  const share = reading.elapsedMs / idle.elapsedMs;
  return combine(reading, idle, (used, background) => used - share * background);
}

function combine(a: CpuReading, b: CpuReading, operation: (a: number, b: number) => number): CpuReading {
  return {
    elapsedMs: operation(a.elapsedMs, b.elapsedMs),
    machineMs: operation(a.machineMs, b.machineMs),
    serviceMs: operation(a.serviceMs, b.serviceMs),
    clientMs: operation(a.clientMs, b.clientMs),
    daemonsMs: operation(a.daemonsMs, b.daemonsMs),
  };
}
