import { FakeJobServer, type FakeScript, FaultProxy, waitFor, waitForEvent } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import type { ClientConnectionOptions } from "../src/client/client-options.ts";
import type { AssignedJob } from "../src/contract/assigned-job.ts";
import { WorkerConnection } from "../src/worker/worker-connection.ts";
import { accepting, assign, bytes } from "./fixtures.ts";

/** A client on TCP through a proxy that can fail. */
async function clientBehindProxy(
  context: TestContext,
  options: Partial<ClientConnectionOptions> = {},
  script: FakeScript = accepting(),
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
const UNIQUE_BYTES = 36;
const SUBMIT_BYTES = 12 + "check_results".length + 1 + UNIQUE_BYTES + 1 + "workload".length;

test("cut inside a submit: CONNECTION_LOST, and the partial packet submits no job", async (context) => {
  const { server, proxy, client } = await clientBehindProxy(context);
  proxy.cutAfter("up", SUBMIT_BYTES - 3);
  await expect(client.submitBackground(job)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await client.submitBackground(job);
  expect(server.connections.map((peer) => peer.received.length)).toEqual([0, 1]);
});

test("cut inside an answer: CONNECTION_LOST, and resent with resend", async (context) => {
  const { server, proxy, client } = await clientBehindProxy(context);
  proxy.cutAfter("down", 13);
  await expect(client.submitBackground(job)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await client.waitConnected();
  proxy.cutAfter("down", 13);
  const { handle } = await client.submitBackground({ ...job, resend: true });
  expect(handle.toString()).toBe("H:3"); // the server accepted it twice: resend allows that
  expect(server.connections).toHaveLength(3);
});

test("reset while idle: reconnects", async (context) => {
  const { proxy, client } = await clientBehindProxy(context);
  const back = waitForEvent(client, "connect");
  proxy.cut();
  await back;
  await client.submitBackground(job);
  expect(proxy.accepted).toBe(2);
});

test("half closed by the server: reconnects", async (context) => {
  const { proxy, client } = await clientBehindProxy(context);
  const gone = waitForEvent(client, "disconnect");
  proxy.halfClose("down");
  expect(await gone).toMatchObject([{ code: "END" }]);
  await client.submitBackground(job);
});

test("a stalled server: TIMEOUT, and its late answer is not matched to another request", async (context) => {
  const { proxy, client } = await clientBehindProxy(context, { submitTimeoutMs: 3000 });
  proxy.setFlow("down", "stall");
  await expect(client.submitBackground(job)).rejects.toMatchObject({ code: "TIMEOUT" });
  proxy.setFlow("down", "pass"); // the answer H:1 now goes to a closed connection
  expect((await client.submitBackground(job)).handle.toString()).toBe("H:2");
});

test("a server that returns on the same port receives the waiting requests", async (context) => {
  const { proxy, client } = await clientBehindProxy(context);
  const gone = waitForEvent(client, "disconnect");
  await proxy.refuse();
  await gone;
  const submitted = client.submitBackground(job);
  await proxy.restore();
  expect((await submitted).handle.toString()).toBe("H:1");
});

/** Accepts foreground jobs and completes them in two parts. */
const working: FakeScript = {
  onPacket: (packet, peer) => {
    if (packet.name !== "SUBMIT_JOB") return;
    const handle = bytes("H:1");
    peer.send({ name: "JOB_CREATED", handle }, { name: "WORK_DATA", handle, data: bytes("part") });
    peer.send({ name: "WORK_COMPLETE", handle, data: bytes("end") });
  },
};
const WORKING_BYTES = 12 + 3 + 12 + 4 + 4 + 12 + 4 + 3;

test("a foreground job cut at every byte of its answers rejects, and the next one completes", async (context) => {
  const cutAt = async (cut: number): Promise<void> => {
    const { proxy, client } = await clientBehindProxy(context, {}, working); // a new connection has no wait before it
    proxy.cutAfter("down", cut);
    await expect(client.submitForeground(job)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      phase: cut < 15 ? "submitting" : "waiting",
    });
    expect((await client.submitForeground(job)).data.toString()).toBe("partend");
  };
  await Promise.all(Array.from({ length: WORKING_BYTES }, (_, cut) => cutAt(cut)));
});

test("a stalled server: the foreground job rejects with TIMEOUT, the next one gets its own result", async (context) => {
  const { proxy, client } = await clientBehindProxy(context, {}, working);
  proxy.setFlow("down", "stall");
  const waits = client.submitForeground({ ...job, timeoutMs: 100 });
  await expect(waits).rejects.toMatchObject({ code: "TIMEOUT", phase: "submitting" });
  const next = client.submitForeground(job);
  proxy.setFlow("down", "pass");
  expect((await next).data.toString()).toBe("partend");
  expect(proxy.accepted).toBe(1);
});

test("bulk submits over a connection that is cut repeatedly: each is settled once, none is lost silently", async (context) => {
  const { server, proxy, client } = await clientBehindProxy(context, { window: 50 });
  const ends = new Array<string>(3000).fill("");
  let made = 0;
  const more = () => {
    for (let room = client.queueRoom; room > 0 && made < ends.length; room--) {
      const at = made++;
      client.enqueueBackground({ ...job, data: bytes(String(at)) }, (error) => {
        ends[at] += error?.code ?? "accepted";
      });
    }
  };
  client.on("drain", more).on("connect", () => proxy.cutAfter("down", 20_000));
  proxy.cutAfter("down", 10_000);
  more();
  await waitFor("the end of all", () => !ends.includes(""));
  expect(new Set(ends)).toEqual(new Set(["accepted", "CONNECTION_LOST"]));
  expect(proxy.accepted).toBeGreaterThan(2);
  const arrived = new Set(
    server.connections.flatMap((peer) =>
      peer.received.map((packet) => "data" in packet && String(packet.data)),
    ),
  );
  expect(ends.every((end, at) => end !== "accepted" || arrived.has(String(at)))).toBe(true);
});

test("a name that cannot be resolved is skipped while another server works", async (context) => {
  const server = new FakeJobServer(accepting());
  const address = await server.listen();
  const servers = [{ host: "no-such-host.invalid", port: 4730 }, address];
  const client = new ClientConnection({ servers, closeTimeoutMs: 1 });
  context.onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  expect((await client.submitBackground(job)).server).toEqual(address);
});

test("a worker whose connection is cut inside a job packet does not see that job, and gets it complete later", async (context) => {
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
