import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds the connections of a server. When there are too many, the one goes that has been without a whole request for longest, so that
 * connections on which nobody asks anything lock nobody out. Where every other one is being answered, the new one goes.
 */
export function boundConnections(server: Server, maxConnections: number): void {
  /** Each with its request under way, those first that changed longest ago. */
  const connections = new Map<Socket, IncomingMessage | undefined>();
  const renew = (socket: Socket, request: IncomingMessage | undefined) => {
    connections.delete(socket);
    if (!socket.destroyed) connections.set(socket, request);
  };
  server.on('connection', (socket: Socket) => {
    socket.once('close', () => connections.delete(socket));
    connections.set(socket, undefined);
    if (connections.size > maxConnections) longestWithoutRequest(connections)?.destroy();
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    renew(request.socket, request);
    response.once('close', () => {
      if (connections.get(request.socket) === request) renew(request.socket, undefined);
    });
  });
}

function longestWithoutRequest(connections: ReadonlyMap<Socket, IncomingMessage | undefined>): Socket | undefined {
  for (const [socket, request] of connections) if (!request?.complete) return socket;
  return undefined;
}
