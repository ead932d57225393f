import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import type { Deadlines, EngineCall } from './deadlines.ts';
import { asRunnerError, EngineTimeout } from './engine-errors.ts';

export interface BuildOptions {
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly dockerfile: string;
  /** Called with every line that the build prints. */
  readonly onLog: (text: string) => void;
}

type DialOptions = Parameters<Docker['modem']['dial']>[0];

/** Builds, pulls and imports images. For the scripts that prepare a machine, not for the service. These calls stream in both directions. */
export class ImageSources {
  readonly #docker: Docker;
  readonly #deadlines: Deadlines;

  constructor(socketPath: string, deadlines: Deadlines) {
    this.#docker = new Docker({ socketPath });
    this.#deadlines = deadlines;
  }

  /** Builds an image from a tar context. Rejects with the engine's message if a step fails. */
  build(context: Readable, { onLog, ...options }: BuildOptions): Promise<void> {
    return this.#inTime('build image', async (abortSignal) => {
      const { tag: t, buildArgs: buildargs, labels, dockerfile } = options;
      const progress = await this.#docker.buildImage(context, {
        t,
        labels,
        buildargs,
        dockerfile,
        forcerm: true,
        abortSignal,
      });
      await this.#follow(progress, onLog);
    });
  }

  /** Pulls an image. Rejects if no registry answers. */
  pull(tag: string, onLog: (text: string) => void): Promise<void> {
    return this.#inTime('pull image', async (abortSignal) => {
      const progress = await this.#docker.pull(tag, { abortSignal });
      await this.#follow(progress, onLog);
    });
  }

  /** Creates an image from a tar archive of a root file system. */
  import(rootfs: Readable, tag: string): Promise<void> {
    const [repo, version] = tag.split(':');
    return this.#inTime('import image', async (abortSignal) => {
      const progress = await this.#dial<NodeJS.ReadableStream>({
        path: `/images/create?fromSrc=-&repo=${repo}&tag=${version}&`,
        method: 'POST',
        file: rootfs,
        isStream: true,
        abortSignal,
        statusCodes: { 200: true, 500: 'server error' },
      });
      await this.#follow(progress, () => undefined);
    });
  }

  /** The deadline covers the whole stream. */
  async #inTime(call: EngineCall, work: (abortSignal: AbortSignal) => Promise<void>): Promise<void> {
    const deadlineMs = this.#deadlines[call];
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      await work(deadline);
    } catch (error) {
      throw deadline.aborted ? asRunnerError(new EngineTimeout(deadlineMs, { cause: error }), call) : error;
    }
  }

  /** A call that dockerode has no method for. */
  #dial<T>(request: DialOptions): Promise<T> {
    return new Promise((resolve, reject) =>
      this.#docker.modem.dial(request, (error: Error | null, answer: unknown) =>
        error ? reject(error) : resolve(answer as T),
      ),
    );
  }

  /** Reads a progress stream to its end. Rejects with the engine's message if it reports an error. */
  #follow(progress: NodeJS.ReadableStream, onLog: (text: string) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#docker.modem.followProgress(
        progress,
        (error) => (error ? reject(error) : resolve()),
        (event: { stream?: string; status?: string; error?: string }) => {
          if (event.error !== undefined) reject(new Error(event.error));
          else onLog(event.stream ?? `${event.status ?? ''}\n`);
        },
      );
    });
  }
}
