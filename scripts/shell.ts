import { spawn, spawnSync } from 'node:child_process';

/** A failure with a message for people: no stack is printed. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Runs a command with its output shown. Throws `UserError` when it fails. */
export function runShown(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) throw new UserError(`\`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ''}.`);
}

/** What a command prints, or `undefined` when it fails. */
export function outputOf(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : undefined;
}

export function isInstalled(command: string): boolean {
  return outputOf('sh', ['-c', `command -v ${command}`]) !== undefined;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Starts a command in a session of its own, which goes on when this process ends. Its output goes to `logFd`. */
export function startDetached(command: string, args: readonly string[], logFd: number): void {
  spawn(command, args, { detached: true, stdio: ['ignore', logFd, logFd] }).unref();
}
