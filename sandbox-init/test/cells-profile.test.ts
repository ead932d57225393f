// @shared-engine: what it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HARDENING } from './harness.ts';
import { buildImageIfChanged, IMAGE } from './image.ts';

const PROFILE = fileURLToPath(new URL('../seccomp-cells.json', import.meta.url));
const TRY = readFileSync(new URL('../../test/attacks/programs/try_syscalls.py', import.meta.url), 'utf8');

/** What making cells takes, beyond the engine's default. */
const ADDED = ['clone', 'mount', 'pivot_root', 'umount2', 'unshare'];
const NUMBERS: Record<string, string> = {
  '56': 'clone',
  '155': 'pivot_root',
  '165': 'mount',
  '166': 'umount2',
  '272': 'unshare',
};

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly unknown[];
  readonly comment?: string;
}

interface Profile {
  readonly defaultAction: string;
  readonly syscalls: readonly Rule[];
}

const profile: Profile = JSON.parse(readFileSync(PROFILE, 'utf8'));

test('the profile refuses what it does not name, and adds five calls', () => {
  assert.equal(profile.defaultAction, 'SCMP_ACT_ERRNO');
  assert.deepEqual(profile.syscalls[0]?.names, ADDED);
  const never =
    /^(io_uring_.*|bpf|keyctl|add_key|request_key|setns|fsopen|fsmount|fsconfig|fspick|move_mount|open_tree|mount_setattr|chroot|userfaultfd|perf_event_open|kexec_.*|.*_module|reboot|swapon)$/;
  assert.deepEqual(
    profile.syscalls.flatMap((rule) => rule.names).filter((name) => never.test(name)),
    [],
  );
});

/** Errors of all system calls in a container that is like a sandbox. */
function outcomesUnder(options: readonly string[]): Record<string, string> {
  const run = ['run', ...HARDENING, ...options, '--entrypoint', 'python3', IMAGE, '-'];
  return JSON.parse(execFileSync('docker', run, { input: TRY, stdio: ['pipe', 'pipe', 'inherit'] }).toString());
}

const isRefused = (outcome: string | undefined): boolean => outcome === 'EPERM' || outcome === 'ENOSYS';

test("of all system calls, the engine's default refuses only these five where the profile does not", {
  timeout: 120_000,
}, () => {
  buildImageIfChanged();
  const ours = outcomesUnder(['--security-opt', `seccomp=${PROFILE}`]);
  const theirs = outcomesUnder([]);
  const wider = Object.keys(ours).filter((call) => isRefused(theirs[call]) && !isRefused(ours[call]));
  const names = wider.map((call) => NUMBERS[call] ?? call.replace(/^clone .*/, 'clone'));
  assert.deepEqual(
    names.filter((name) => !ADDED.includes(name)),
    [],
  );
  assert.ok(names.includes('unshare') && names.includes('clone') && names.includes('mount'), names.join());
  assert.ok(Object.keys(ours).length > 450);
});

test('the comparison notices a call too many', { timeout: 120_000 }, () => {
  const theirs = outcomesUnder([]);
  const open = outcomesUnder(['--security-opt', 'seccomp=unconfined']);
  assert.ok(
    Object.keys(open).filter((call) => isRefused(theirs[call]) && !isRefused(open[call])).length > ADDED.length,
  );
});
