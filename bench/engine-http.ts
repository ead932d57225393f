import { Agent, request } from 'node:http';

/** The few engine calls that the service does not need, without a library. */
export class EngineHttp {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Waits until a started container has ended and returns its exit code. */
  async waitFor(containerId: string): Promise<number> {
    const { StatusCode } = await this.#call<{ StatusCode: number }>('POST', `/containers/${containerId}/wait`);
    return StatusCode;
  }

  async version(): Promise<string> {
    return (await this.#call<{ Version: string }>('GET', '/version')).Version;
  }

  close(): void {
    this.#agent.destroy();
  }

  #call<T>(method: string, path: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: this.#socketPath, agent: this.#agent, method, path }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        });
      });
      call.on('error', reject).end();
    });
  }
}
