import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { BuiltProgram, type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { FakeShim } from "./fake-shim.ts";

/** The shipped program. */
export const bridge: BuiltProgram = new BuiltProgram(new URL("..", import.meta.url));

/** Connects once the bridge listens; its socket file exists slightly earlier. */
export function connected(path: string): Promise<Socket> {
  return waitFor("a bridge that listens", async () => {
    const connection = createConnection(path);
    try {
      await once(connection, "connect");
      return connection;
    } catch {
      return undefined;
    }
  });
}

/** A bridge with a core whose module line is `moduleArgs`. */
export async function served(context: TestContext, moduleArgs: string): Promise<FakeShim> {
  const socket = join(tmpFolder(context), "socket");
  bridge.start(context, [`--bridge-socket=${socket}`]);
  const connection = await connected(socket);
  context.onTestFinished(() => void connection.destroy());
  const shim = new FakeShim(connection);
  shim.hello({ module_args: Buffer.from(moduleArgs) });
  return shim;
}

/** Lines logged to the core so far. */
export function logged(shim: FakeShim): string[] {
  return shim.all("LOG").map(({ text }) => text.toString());
}
