import { readdirSync, readFileSync } from 'node:fs';
import { sum } from './statistics.ts';

/** The unit of CPU times in `/proc`, regardless of the kernel's tick rate. */
const MS_PER_TICK = 10;
const ENGINE_DAEMONS = ['dockerd', 'containerd'];

/** CPU time of a running process with all its threads, without its children. */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** CPU time of everything on the machine, including the kernel. */
export function machineCpuMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user, nice, system, , , irq, softirq] = line.trim().split(/\s+/).slice(1).map(Number);
  return sum([user, nice, system, irq, softirq].map((ticks) => ticks ?? 0)) * MS_PER_TICK;
}

/** Current memory of a process. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Memory of the kernel's own objects that it cannot free on demand. */
export function unreclaimableSlabMiB(): number {
  return Number(/^SUnreclaim:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) / 1024;
}

export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Process ids of the engine's daemons; empty if the engine is on another machine or not visible. */
export function engineDaemons(): number[] {
  return pidsNamed((name) => ENGINE_DAEMONS.includes(name));
}

/** The number of containerd shims, one per container, of all users of the engine. */
export function engineShims(): number {
  return pidsNamed((name) => name.startsWith('containerd-shim')).length;
}

function pidsNamed(matches: (name: string) => boolean): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => matches(nameOf(pid))).map(Number);
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ''; // It has just ended.
  }
}
