import assert from 'node:assert/strict';
import { z } from 'zod';
import type { RunContext, RunRequest } from '../../src/core/request.ts';
import type { RunResult } from '../../src/core/result.ts';
import type { RunEvents } from '../../src/core/run-events.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import type { Diagnosis, DiagnosisOutcome } from '../../src/runs/diagnoser.ts';
import type { RunOutcome } from '../../src/runs/recorder.ts';
import { RuntimeRegistry } from '../../src/runtimes/registry.ts';
import { POLICY, runResult, runtime } from '../fixtures.ts';

/** The HTTP API with fakes behind it that record their calls. */

export interface Call {
  readonly request: RunRequest;
  readonly context: RunContext;
  readonly signal: AbortSignal;
  /** Only for a streamed run. */
  readonly events: RunEvents | undefined;
}

export interface Harness {
  readonly app: ReturnType<typeof createApp>;
  /** The requests that reached the runner. */
  readonly calls: Call[];
  readonly errors: unknown[];
  /** What the run observer was called with. This happens after the response. */
  readonly outcomes: RunOutcome[];
  /** The requests that reached the diagnoser, and what its observer was called with. */
  readonly diagnosed: RunRequest[];
  readonly diagnoses: DiagnosisOutcome[];
  readonly answered: [route: string, status: number][];
  /** The streams that have ended. */
  readonly streams: [route: string, end: string][];
}

export interface HarnessOptions extends Partial<Omit<AppOptions, 'runner'>> {
  readonly run?: (call: Call) => Promise<RunResult>;
  readonly diagnose?: (request: RunRequest) => Promise<Diagnosis>;
}

const CLEAN: Diagnosis = { runtime: 'python', violations: [], problems: [] };

export function harness(given: HarnessOptions = {}): Harness {
  const { run = async () => runResult(), diagnose = async () => CLEAN, ...options } = given;
  const diagnosed: RunRequest[] = [];
  const diagnoses: DiagnosisOutcome[] = [];
  const calls: Call[] = [];
  const errors: unknown[] = [];
  const outcomes: RunOutcome[] = [];
  const answered: [string, number][] = [];
  const streams: [string, string][] = [];
  const app = createApp({
    version: '1.2.3',
    credentials: { apiKeys: [], token: undefined },
    trustTenantHeader: false,
    allowedHosts: [],
    policy: POLICY,
    isolation: 'cell',
    maxBytesInFlight: 1024 ** 3,
    streamStallMs: 30_000,
    runner: {
      run(request, { recorder, signal, events }) {
        const call = { request, context: recorder.context, signal, events };
        calls.push(call);
        return run(call);
      },
    },
    diagnoser: {
      diagnose(request) {
        diagnosed.push(request);
        return diagnose(request);
      },
    },
    diagnosisObserver: { diagnosed: (outcome) => diagnoses.push(outcome) },
    runObserver: { runEnded: (outcome) => outcomes.push(outcome) },
    runtimes: new RuntimeRegistry([
      runtime('python'),
      runtime('go', { name: 'Go', main_file: 'main.go', file_extension: '.go' }),
    ]),
    health: {
      health: async () => ({
        engineConnected: true,
        isOk: true,
        runtimes: new Map([
          ['python', 'ready'],
          ['go', 'ready'],
        ]),
        isolation: new Map([
          ['python', { isolation: 'cell', reason: undefined }],
          ['go', { isolation: 'container', reason: 'no user namespaces' }],
        ]),
      }),
      problems: async () => [],
    },
    metrics: {
      contentType: 'text/plain; version=0.0.4',
      render: async () => 'metric 1\n',
      responseSent: (route, status) => answered.push([route, status]),
      streamBegan: () => undefined,
      streamEnded: (route, end) => streams.push([route, end]),
    },
    isDraining: () => false,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { app, calls, errors, outcomes, diagnosed, diagnoses, answered, streams };
}

export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } };
}

const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string().min(1),
  status: z.number(),
  detail: z.string().min(1),
  code: z.string(),
  request_id: z.string().min(1),
  errors: z
    .array(z.strictObject({ pointer: z.string(), message: z.string().min(1) }))
    .min(1)
    .optional(),
});

export type Problem = z.output<typeof problemSchema>;

/** The problem body of an error response. Checks its shape, status and headers. */
export async function problemOf(response: Response): Promise<Problem> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  const problem = problemSchema.parse(await response.json());
  assert.equal(problem.status, response.status);
  assert.equal(problem.type, `urn:code-runner:problem:${problem.code}`);
  assert.equal(problem.request_id, response.headers.get('x-request-id'));
  return problem;
}

/** Sends a run that must be refused before it reaches the runner. */
export async function refused(body: unknown, options: HarnessOptions = {}): Promise<Problem> {
  const { app, calls } = harness(options);
  const problem = await problemOf(await app.request('/run', post(body)));
  assert.equal(calls.length, 0, 'nothing runs');
  return problem;
}

/** Sends a run that must be accepted, and returns what reached the runner. */
export async function accepted(body: unknown, options: HarnessOptions = {}): Promise<RunRequest> {
  const { app, calls } = harness(options);
  const response = await app.request('/run', post(body));
  assert.equal(response.status, 200, await response.clone().text());
  const [call] = calls;
  assert.ok(call && calls.length === 1);
  return call.request;
}
