import { readFileSync, writeFileSync } from 'node:fs';

/** Memory of a process as the kernel counts it, in KiB: resident now, or at its largest since `forgetPeak`. */
export function memoryKib(pid: number | undefined, which: 'VmRSS' | 'VmHWM'): number {
  const [, kib] = new RegExp(`${which}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib);
}

export function forgetPeak(pid: number | undefined): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
