import { readFileSync } from 'node:fs';
import { openFiles } from '../engines/docker/container-config.ts';

/** What the kernel has for the whole machine, by the name of its setting. */
export type KernelBudgets = Readonly<Record<'kernel.pid_max' | 'kernel.threads-max' | 'fs.file-max', number>>;

/** Runs at the same time, and the most processes of each. */
export interface Ceilings {
  readonly runs: number;
  readonly pids: number;
}

/** Of each budget, what everything beside the runs may need. */
const SHARE_OF_OTHERS = 1 / 4;

/** The budgets of this machine; `Infinity` for those that it does not tell. */
export function readKernelBudgets(): KernelBudgets {
  return {
    'kernel.pid_max': readNumber('/proc/sys/kernel/pid_max'),
    'kernel.threads-max': readNumber('/proc/sys/kernel/threads-max'),
    'fs.file-max': readNumber('/proc/sys/fs/file-max'),
  };
}

/** One sentence for each budget that the runs could use up together. */
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
