import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits the number of connections of a server. When there is one too many, the connection that has waited longest for a complete
 * request is closed, so that idle connections cannot lock out others. If all others have a request in progress, the new one is closed.
 */
export function boundConnections(server: Server, maxConnections: number): void {
  /** All connections with their requests in progress. The one that changed longest ago is first. */
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
