import { parseArgs } from 'node:util';
import { Engine } from '../src/engines/docker/api/engine.ts';
import { logProgress } from './progress.ts';
import { BenchService, buildService, stopOnSignals } from './service.ts';
import { soakCases } from './soak/cases.ts';
import { compareSnapshots } from './soak/leaks.ts';
import { countContainers, snapshotAtRest } from './soak/snapshot.ts';
import { soak } from './soak/soaking.ts';
import { tally } from './statistics.ts';
import { renderTable } from './table.ts';

const FAULTS_SHOWN = 20;
/** pino's level number for warnings. Errors have higher numbers. */
const WARNING = 40;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    'warm-up': { type: 'string', default: '300' },
    clients: { type: 'string', default: '8' },
  },
});
const clients = Number(values.clients);
const cases = soakCases();
const engine = new Engine(process.env['DOCKER_SOCKET'] ?? '/var/run/docker.sock');

stopOnSignals();
buildService();
await using service = await BenchService.start({});
logProgress(`warming up with ${values['warm-up']} requests`);
const warmUp = await soak(service.url, { cases, clients, runs: Number(values['warm-up']) });
const before = await snapshotAtRest(service, engine);
logProgress(`soaking with ${values.runs} requests`);
const report = await soak(service.url, { cases, clients, runs: Number(values.runs) });
const after = await snapshotAtRest(service, engine);
const exitCode = await service.stop();
const left = await countContainers(service, engine);

const growth = compareSnapshots(before, after);
const faults = [...warmUp.faults, ...report.faults];
const strayWarnings = service.log.filter((line) => line.includes('Warning:'));
const checks = {
  'every response was as expected': faults.length === 0,
  'nothing grew': growth.every(({ isLeak }) => !isLeak),
  'the service stopped with 0': exitCode === 0,
  'no container is left': left === 0,
  'Node had no warnings (listeners that leak are one)': strayWarnings.length === 0,
};

process.stdout.write(renderTable('Requests', ['kind', 'count'], Object.entries(report.counts)));
process.stdout.write(`${report.seconds} s with ${clients} clients\n\n`);
process.stdout.write(
  renderTable(
    'At rest',
    ['what', 'before', 'after', 'may grow by', ''],
    growth.map(({ what, before, after, allowance, isLeak }) => [
      what,
      before,
      after,
      allowance,
      isLeak ? 'LEAK' : 'ok',
    ]),
  ),
);
process.stdout.write(
  renderTable('Log', ['warning or error', 'count'], Object.entries(tally(service.log.flatMap(complaint)))),
);
process.stdout.write([...faults.slice(0, FAULTS_SHOWN), ...strayWarnings].map((line) => `${line}\n`).join(''));
process.stdout.write(
  renderTable(
    'Checks',
    ['', 'check'],
    Object.entries(checks).map(([name, isMet]) => [isMet ? 'met' : 'MISSED', name]),
  ),
);
process.exitCode = Object.values(checks).every(Boolean) ? 0 : 1;

/** The message of a log line if it is a warning or an error. */
function complaint(line: string): string[] {
  try {
    const { level, msg, err } = JSON.parse(line) as { level: number; msg: string; err?: { message: string } };
    return level >= WARNING ? [`${msg}${err ? `: ${err.message.slice(0, 80)}` : ''}`] : [];
  } catch {
    return [];
  }
}
