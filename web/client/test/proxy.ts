// A local proxy between a client and the server, whose connections can be cut.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export async function startProxy(target: () => number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target(), '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** As a network that goes away does. */
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    /** Nothing passes any more, and nobody is told. */
    freeze() {
      for (const socket of sockets) socket.pause().unpipe();
    },
    stop() {
      this.cut();
      server.close();
    },
  };
}
