// @module-tag slow
import { systemClock } from "@mod-gearman/base";
import { nodeFiles } from "@mod-gearman/config";
import { nullSink } from "@mod-gearman/observe";
import { loadModule } from "@mod-gearman/program";
import { duplexPair, JobPeer, startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { Bridge } from "../src/bridge.ts";
import { FakeShim } from "./fake-shim.ts";

test("the last records of a core that ends are submitted before the bridge ends", async (context) => {
  const gearmand = await startGearmand(context);
  const closed: Promise<void>[] = [];
  const bridge = new Bridge(
    {
      clock: systemClock,
      nowMicros: () => BigInt(Date.now()) * 1000n,
      ownLog: nullSink,
      outputLog: nullSink,
      version: "0.0.0",
      pid: process.pid,
      hostName: "monhost",
      isAlive: () => true,
      serveMetrics: () => Promise.reject(new Error("not here")),
    },
    {
      load: (args) => loadModule(args, "/", nodeFiles),
      onCoreShutdown: () => closed.push(bridge.close()),
      onUpgrade: () => false,
    },
  );
  onTestFinished(() => bridge.close());
  const [ours, theirs] = duplexPair();
  bridge.accept(ours);
  const shim = new FakeShim(theirs);
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
