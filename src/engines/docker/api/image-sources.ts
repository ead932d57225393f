import type { Readable } from 'node:stream';
import Docker from 'dockerode';

/** A build installs compilers; a pull or an import may be slow. None takes longer. */
const DEADLINE_MS = 3_600_000;

export interface BuildOptions {
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly dockerfile: string;
  /** Every line that the build prints. */
  readonly onLog: (text: string) => void;
}

type DialOptions = Parameters<Docker['modem']['dial']>[0];

/** Where images come from: for the scripts that prepare a machine, not for the service. These calls stream both ways. */
export class ImageSources {
  readonly #docker: Docker;

  constructor(socketPath: string) {
    this.#docker = new Docker({ socketPath });
  }

  /** Builds an image from a tar context. Rejects with the last of the log when a step fails. */
  async build(context: Readable, options: BuildOptions): Promise<void> {
    const progress = await this.#docker.buildImage(context, {
      t: options.tag,
      labels: options.labels,
      buildargs: options.buildArgs,
      dockerfile: options.dockerfile,
      forcerm: true,
      abortSignal: AbortSignal.timeout(DEADLINE_MS),
    });
    await this.#follow(progress, options.onLog);
  }

  /** Pulls an image; rejects where no registry answers. */
  async pull(tag: string, onLog: (text: string) => void): Promise<void> {
    const progress = await this.#docker.pull(tag, { abortSignal: AbortSignal.timeout(DEADLINE_MS) });
    await this.#follow(progress, onLog);
  }

  /** Makes an image from a tar of a root file system. */
  async import(rootfs: Readable, tag: string): Promise<void> {
    const [repo, version] = tag.split(':');
    const progress = await this.#dial<NodeJS.ReadableStream>({
      path: `/images/create?fromSrc=-&repo=${repo}&tag=${version}&`,
      method: 'POST',
      file: rootfs,
      isStream: true,
      abortSignal: AbortSignal.timeout(DEADLINE_MS),
      statusCodes: { 200: true, 500: 'server error' },
    });
    await this.#follow(progress, () => undefined);
  }

  /** A call that dockerode has no method for. */
  #dial<T>(request: DialOptions): Promise<T> {
    return new Promise((resolve, reject) =>
      this.#docker.modem.dial(request, (error: Error | null, answer: unknown) =>
        error ? reject(error) : resolve(answer as T),
      ),
    );
  }

  /** Reads a progress stream to its end; rejects with the engine's own words when it reports an error. */
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
