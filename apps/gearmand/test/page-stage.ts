import { once } from "node:events";
import { connect } from "node:net";
import type { SiteSnapshot } from "@mod-gearman/site-page";
import { freePort, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { quiet, run, TestWorld } from "./world.ts";

/** A running job server with its page, and a connection to it. */
export async function pageStage(context: TestContext, ...options: string[]) {
  const [port, world] = [await freePort(), new TestWorld()];
  const ended = run(quiet(tmpFolder(context), `--admin-listen=${port}`, ...options), world);
  await world.isListening;
  context.onTestFinished(async () => {
    world.wish("stop");
    await ended;
  });
  const socket = connect(world.server?.address()?.port ?? 0, "127.0.0.1");
  context.onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const snapshot = async (): Promise<SiteSnapshot> =>
    (await (await fetch(`http://127.0.0.1:${port}/api/site`)).json()) as SiteSnapshot;
  return { port, world, socket, snapshot };
}
