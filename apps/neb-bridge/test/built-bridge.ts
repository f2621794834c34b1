import { once } from "node:events";
import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { BuiltProgram, type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { FakeShim } from "./fake-shim.ts";

/** The program as it is shipped. */
export const bridge: BuiltProgram = new BuiltProgram(new URL("..", import.meta.url));

/** A bridge with a core whose module line is `moduleArgs`. */
export async function served(context: TestContext, moduleArgs: string): Promise<FakeShim> {
  const socket = join(tmpFolder(context), "socket");
  bridge.start(context, [`--bridge-socket=${socket}`]);
  await waitFor("a socket", () => existsSync(socket));
  const connection = createConnection(socket);
  context.onTestFinished(() => void connection.destroy());
  await once(connection, "connect");
  const shim = new FakeShim(connection);
  shim.hello({ module_args: Buffer.from(moduleArgs) });
  return shim;
}

/** What it has logged to the core so far. */
export function logged(shim: FakeShim): string[] {
  return shim.all("LOG").map(({ text }) => text.toString());
}
