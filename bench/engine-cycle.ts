import { randomUUID } from 'node:crypto';
import type { Engine } from '../src/engines/docker/api/engine.ts';
import { sandboxContainer } from '../src/engines/docker/container-config.ts';
import { SandboxUids } from '../src/engines/docker/sandbox-uid.ts';
import type { EngineHttp } from './engine-http.ts';
import type { Subject } from './subjects.ts';

const LABEL = 'code-runner.bench';

/** The minimum cost of running a program in its own hardened container: create, start, wait, remove. */
export class EngineCycle {
  readonly #engine: Engine;
  readonly #http: EngineHttp;
  readonly #uids = new SandboxUids();

  constructor(engine: Engine, http: EngineHttp) {
    this.#engine = engine;
    this.#http = http;
  }

  /** Runs one cycle and returns its milliseconds. Rejects unless the program exits with 0. */
  async measure(subject: Subject): Promise<number> {
    const options = this.#options(subject);
    const beganAt = performance.now();
    const containerId = await this.#engine.containers.create(options);
    const exitCode = await this.#startAndWait(containerId).finally(() => this.#engine.containers.remove(containerId));
    const milliseconds = performance.now() - beganAt;
    if (exitCode !== 0) throw new Error(`${subject.runtime.id} in a raw container exited with ${exitCode}`);
    return milliseconds;
  }

  async #startAndWait(containerId: string): Promise<number> {
    await this.#engine.containers.start(containerId);
    return this.#http.waitFor(containerId);
  }

  /** The container of a sandbox, without sandbox-init, its streams and the automatic removal. */
  #options(subject: Subject) {
    const { plan, runtime } = subject;
    const id = randomUUID();
    const sandbox = sandboxContainer(plan.sandbox, {
      uid: this.#uids.take(),
      name: `code-runner-bench-${id}`,
      labels: { [LABEL]: 'cycle' },
      ociRuntime: undefined,
      network: 'none',
      ipv6: false,
      maxCells: 1,
    });
    return {
      ...sandbox,
      Entrypoint: ['/bin/sh', '-c', script(subject), 'sh', runtime.sample.code],
      Env: Object.entries(plan.run.environment).map(([name, value]) => `${name}=${value}`),
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      OpenStdin: false,
      StdinOnce: false,
      HostConfig: { ...sandbox.HostConfig, AutoRemove: false },
    };
  }

  /** Removes leftovers, also of an earlier benchmark that was interrupted. */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = await this.#engine.containers.list(LABEL);
    await Promise.all(left.map(({ id }) => this.#engine.containers.remove(id)));
  }
}

/** The whole run as a shell command, because nothing can be copied to a tmpfs before the container runs. */
function script({ plan, runtime }: Subject): string {
  const compile = plan.compile ? `${quote(plan.compile.argv)} && ` : '';
  return `printf %s "$1" > ${quote([runtime.manifest.main_file])} && ${compile}exec ${quote(plan.run.argv)}`;
}

function quote(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}
