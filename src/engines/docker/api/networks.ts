import { asList, textAt } from './answers.ts';
import { type EngineClient, withQuery } from './engine-client.ts';
import { isRefusal } from './engine-errors.ts';

/** The engine's networks. */
export class Networks {
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Creates a bridge network if it does not exist. Containers on it cannot reach each other. */
  async ensure(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const path = withQuery('/networks', { filters: JSON.stringify({ name: [name] }) });
    const answer = await this.#client.json({ call: 'list networks', method: 'GET', path });
    const found = asList(answer, 'the networks', (network) => textAt(network, 'Name'));
    if (!found.includes(name)) await this.#create(name, labels);
  }

  /** Removes a network unless it is still in use. */
  async remove(name: string): Promise<void> {
    try {
      await this.#client.request({ call: 'remove network', method: 'DELETE', path: `/networks/${name}` });
    } catch (error) {
      if (!isRefusal(error, 403, 404, 409)) throw error;
    }
  }

  async #create(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const body = {
      Name: name,
      CheckDuplicate: true,
      Driver: 'bridge',
      Labels: labels,
      Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    };
    await this.#client.request({ call: 'create network', method: 'POST', path: '/networks/create', body });
  }
}
