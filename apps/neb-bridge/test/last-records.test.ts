// @module-tag slow
import { JobPeer, startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { connect, newBridge } from "./bridge-setup.ts";

test("the last records of a core that ends are submitted before the bridge ends", async (context) => {
  const gearmand = await startGearmand(context);
  const closed: Promise<void>[] = [];
  const bridge = newBridge({ onCoreShutdown: () => void closed.push(bridge.close()) });
  const shim = connect(bridge);
  shim.hello({
    module_args: Buffer.from(`server=127.0.0.1:${gearmand.port} encryption=no perfdata=perfdata`),
  });
  await waitFor("STATE ready", () => shim.last("STATE")?.ready === 1);

  await gearmand.stop();
  const record = {
    name: "PERFDATA",
    host_name: Buffer.from("web01"),
    text: Buffer.from("last one"),
  } as const;
  shim.send({ ...record, seq: 1n }, { name: "BYE", reason: 2 });
  await waitFor("the bridge ends", () => closed.length === 1);
  await gearmand.start();
  await Promise.all(closed);

  const peer = await JobPeer.connect(gearmand.port);
  onTestFinished(() => peer.close());
  const texts: string[] = [];
  peer.take(["perfdata"], (workload) =>
    texts.push(Buffer.from(workload.toString("latin1"), "base64").toString()),
  );
  await waitFor("the last record", () => texts.length > 0);
  expect(texts).toEqual(["last one"]);
});
