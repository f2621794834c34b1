import { FakeJobServer, FaultProxy, waitForEvent } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import type { AssignedJob } from "../src/assigned-job.ts";
import { ClientConnection } from "../src/client-connection.ts";
import type { ClientConnectionOptions } from "../src/client-options.ts";
import { WorkerConnection } from "../src/worker-connection.ts";
import { accepting, assign, bytes } from "./fixtures.ts";

/** A client on TCP through a proxy that can fail. */
async function clientBehindProxy(
  context: TestContext,
  options: Partial<ClientConnectionOptions> = {},
  script = accepting(),
) {
  const server = new FakeJobServer(script);
  const proxy = await FaultProxy.start(await server.listen());
  const servers = [{ host: "127.0.0.1", port: proxy.port }];
  const client = new ClientConnection({ servers, closeTimeoutMs: 1, ...options });
  context.onTestFinished(async () => {
    await client.close();
    await proxy.close();
    await server.close();
  });
  await client.waitConnected();
  return { server, proxy, client };
}

const job = { function: bytes("check_results"), data: bytes("workload") };
const SUBMIT_BYTES = 12 + "check_results".length + 1 + 1 + "workload".length;

test("cut in the middle of a submit: CONNECTION_LOST, the half packet is no job", async (context) => {
  const { server, proxy, client } = await clientBehindProxy(context);
  proxy.cutAfter("up", SUBMIT_BYTES - 3);
  await expect(client.submitBackground(job)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await client.submitBackground(job);
  expect(server.connections.map((peer) => peer.received.length)).toEqual([0, 1]);
});

test("cut in the middle of an answer: CONNECTION_LOST, and with resend sent again", async (context) => {
  const { server, proxy, client } = await clientBehindProxy(context);
  proxy.cutAfter("down", 13);
  await expect(client.submitBackground(job)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await client.waitConnected();
  proxy.cutAfter("down", 13);
  const { handle } = await client.submitBackground({ ...job, resend: true });
  expect(handle.toString()).toBe("H:3"); // the server took it twice: that is what resend allows
  expect(server.connections).toHaveLength(3);
});

test("reset while idle: connects again by itself", async (context) => {
  const { proxy, client } = await clientBehindProxy(context);
  const back = waitForEvent(client, "connect");
  proxy.cut();
  await back;
  await client.submitBackground(job);
  expect(proxy.accepted).toBe(2);
});

test("half closed by the server: connects again", async (context) => {
  const { proxy, client } = await clientBehindProxy(context);
  const gone = waitForEvent(client, "disconnect");
  proxy.halfClose("down");
  expect(await gone).toMatchObject([{ code: "END" }]);
  await client.submitBackground(job);
});

test("a stalled server: TIMEOUT, and the late answer is not taken for another one", async (context) => {
  const { proxy, client } = await clientBehindProxy(context, { submitTimeoutMs: 500 });
  proxy.setFlow("down", "stall");
  await expect(client.submitBackground(job)).rejects.toMatchObject({ code: "TIMEOUT" });
  proxy.setFlow("down", "pass"); // the answer H:1 now goes to a closed connection
  expect((await client.submitBackground(job)).handle.toString()).toBe("H:2");
});

test("away and back on the same port: what waited is sent", async (context) => {
  const { proxy, client } = await clientBehindProxy(context);
  const gone = waitForEvent(client, "disconnect");
  await proxy.refuse();
  await gone;
  const submitted = client.submitBackground(job);
  await proxy.restore();
  expect((await submitted).handle.toString()).toBe("H:1");
});

test("a worker whose connection is cut inside a job packet never sees that job, then gets it whole", async (context) => {
  const server = new FakeJobServer({
    onPacket: (packet, peer) => {
      if (packet.name === "GRAB_JOB_UNIQ") peer.send(assign("H:1", "host", "x".repeat(100_000)));
    },
  });
  const proxy = await FaultProxy.start(await server.listen());
  proxy.cutAfter("down", 70_000);
  const got = Promise.withResolvers<AssignedJob>();
  let count = 0;
  const worker = new WorkerConnection({
    server: { host: "127.0.0.1", port: proxy.port },
    functions: [bytes("host")],
    maxInFlight: 1,
    onJob: (assigned) => {
      count++;
      got.resolve(assigned);
    },
  });
  context.onTestFinished(async () => {
    await worker.close();
    await proxy.close();
    await server.close();
  });
  expect((await got.promise).data).toHaveLength(100_000);
  expect([count, proxy.accepted]).toEqual([1, 2]);
});
