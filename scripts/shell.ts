import { spawn, spawnSync } from 'node:child_process';

/** An error with a message for the user. It is printed without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Runs a command and shows its output. Throws `UserError` if it fails. */
export function runShown(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) throw new UserError(`\`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ''}.`);
}

/** The output of a command, or `undefined` if it fails. */
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

/** Starts a command in its own session, so that it continues when this process ends. Its output goes to `logFd`. */
export function startDetached(command: string, args: readonly string[], logFd: number): void {
  spawn(command, args, { detached: true, stdio: ['ignore', logFd, logFd] }).unref();
}
