import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "@mod-gearman/testkit";

/** Pause between two parts of an answer, as in the captures: they must not arrive as one chunk. */
const PART_EVERY_MS = 300;

/** An admin port that answers any request with the given parts, then closes; after a null it sends nothing more. */
export class AdminScript {
  /** All bytes received. */
  request = "";
  readonly port: number;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(context: TestContext, parts: readonly (Buffer | null)[]): Promise<AdminScript> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("data", (chunk) => {
        script.request += chunk.toString("latin1");
      });
      socket.once("data", () => answer(socket, [...parts]));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const script = new AdminScript((server.address() as AddressInfo).port);
    context.onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return script;
  }
}

function answer(socket: Socket, parts: (Buffer | null)[]): void {
  const part = parts.shift();
  if (part === undefined) socket.end();
  else if (part !== null) {
    socket.write(part);
    if (parts.length === 0) socket.end();
    else setTimeout(() => answer(socket, parts), PART_EVERY_MS);
  }
}
