import { readFileSync } from 'node:fs';
import { openFiles } from '../engines/docker/container-config.ts';

/** Limits of the kernel for the whole machine, by the name of the setting. */
export type KernelBudgets = Readonly<Record<'kernel.pid_max' | 'kernel.threads-max' | 'fs.file-max', number>>;

/** The maximum number of concurrent runs, and of processes in each. */
export interface Ceilings {
  readonly runs: number;
  readonly pids: number;
}

/** Share of each limit that is left for everything other than runs. */
const SHARE_OF_OTHERS = 1 / 4;

/** Reads the limits of this machine; `Infinity` for those that cannot be read. */
export function readKernelBudgets(): KernelBudgets {
  return {
    'kernel.pid_max': readNumber('/proc/sys/kernel/pid_max'),
    'kernel.threads-max': readNumber('/proc/sys/kernel/threads-max'),
    'fs.file-max': readNumber('/proc/sys/fs/file-max'),
  };
}

/** One message for each limit that all runs together could exhaust. */
export function kernelShortages(budgets: KernelBudgets, { runs, pids }: Ceilings): string[] {
  const processes = runs * (pids + 1);
  const needs = {
    'kernel.pid_max': processes,
    'kernel.threads-max': processes,
    'fs.file-max': processes * openFiles(pids),
  };
  return Object.entries(needs).flatMap(([name, need]) => {
    const has = budgets[name as keyof KernelBudgets];
    if (need <= has * (1 - SHARE_OF_OTHERS)) return [];
    const wanted = Math.ceil(need / (1 - SHARE_OF_OTHERS));
    return [`${name} is ${has}, and ${runs} runs of ${pids} processes may need ${need}: set it to ${wanted} or more`];
  });
}

function readNumber(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
