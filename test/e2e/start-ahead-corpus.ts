import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPUS, problemIds, readProblem } from '../../bench/judge/problem.ts';
import { attackBody } from '../attacks/attack.ts';
import type { Program, Programs } from './start-ahead-python.ts';

/** Solutions of the judge's problems with the first input that each problem gives, and hostile programs that show the same every time. */

const ATTACKS = [
  'environment.py',
  'escape.py',
  'forge_frames.py',
  'init_descriptors.py',
  'invalid_utf8.py',
  'metadata.py',
  'oom_score.py',
  'output_names.py',
  'proc_sys.py',
  'try_syscalls.py',
  'write_image.py',
];

export function corpusPrograms(extension: 'js' | 'py', kinds: readonly string[], most?: number): Programs {
  const programs: [string, Program][] = problemIds().flatMap((id) => {
    const stdin = readProblem(id).tests.find((test) => test.expected_stdout !== undefined && test.stdin)?.stdin;
    const names = kinds.map((kind) => `${id}/${kind}.${extension}`).filter((name) => existsSync(join(CORPUS, name)));
    return stdin === undefined ? [] : names.map((name): [string, Program] => [name, { code: source(name), stdin }]);
  });
  return Object.fromEntries(programs.slice(0, most));
}

function source(name: string): string {
  return readFileSync(join(CORPUS, name), 'utf8');
}

export function attackPrograms(): Programs {
  return Object.fromEntries(ATTACKS.map((name) => [name, attackBody(name)]));
}
