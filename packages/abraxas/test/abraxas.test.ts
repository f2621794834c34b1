import type { RunningJob } from "@mod-gearman/client";
import type { Packet } from "@mod-gearman/protocol";
import { FakeJobServer, type FakeScript, FaultProxy, waitFor } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { AbraxasClient, type AbraxasClientOptions } from "../src/abraxas-client.ts";
import { AbraxasWorker } from "../src/abraxas-worker.ts";
import { codeOf } from "./contract/parties.ts";

// limits of abraxas, and what the adapter adds; the behaviour shared with our connections is tested in
// contract/

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** A job packet as a server sends it. */
const assign = (handle: string, name: string, data = "workload"): Packet => ({
  name: "JOB_ASSIGN_UNIQ",
  handle: bytes(handle),
  function: bytes(name),
  unique: bytes("u"),
  data: bytes(data),
});

/** Answers the first request of abraxas, then calls `script`. */
const serving = (script: FakeScript["onPacket"] = () => {}): FakeScript => ({
  onPacket: (packet, peer) => {
    if (packet.name === "OPTION_REQ") peer.send({ name: "OPTION_RES", option: packet.option });
    else script(packet, peer);
  },
});

async function serverOf(context: TestContext, script: FakeScript) {
  const server = new FakeJobServer(script);
  const proxy = await FaultProxy.start(await server.listen());
  context.onTestFinished(async () => {
    await proxy.close();
    await server.close();
  });
  return { server, proxy, address: { host: "127.0.0.1", port: proxy.port } };
}

async function clientOf(
  context: TestContext,
  script: FakeScript = serving(),
  options: Partial<AbraxasClientOptions> = {},
) {
  const { server, proxy, address } = await serverOf(context, script);
  const client = new AbraxasClient({ server: address, ...options });
  context.onTestFinished(() => client.close());
  await client.waitConnected();
  return { server, proxy, client };
}

const job = { function: bytes("q"), data: bytes("x") };

test("operations that abraxas does not support are refused before anything is sent", async (context) => {
  const { client, server } = await clientOf(context);
  const refused = [
    client.submitBackground({ ...job, resend: true }),
    client.submitBackground({ ...job, function: Buffer.alloc(64, "f") }),
    client.submitForeground(job, { data: () => {} }),
    client.submitForeground(job, { warning: () => {} }),
    client.submitForeground(job, { status: () => {} }),
  ];
  for (const promise of refused) expect(await codeOf(promise)).toBe("UNSUPPORTED");
  expect(server.connections[0]?.names).toEqual(["OPTION_REQ"]);
});

test("the same unique key twice in the foreground, which would end the process, is refused until the first is settled", async (context) => {
  const { client } = await clientOf(context);
  const unique = bytes("u");
  const first = codeOf(client.submitForeground({ ...job, unique, timeoutMs: 1000 }));
  expect(await codeOf(client.submitForeground({ ...job, unique }))).toBe("UNSUPPORTED");
  expect(await first).toBe("TIMEOUT");
  expect(await codeOf(client.submitForeground({ ...job, unique, timeoutMs: 1 }))).toBe("TIMEOUT");
});

test("more calls or bytes than allowed: QUEUE_FULL", async (context) => {
  const { client } = await clientOf(context, serving(), { maxPending: 2, maxPendingBytes: 10 });
  const big = { ...job, data: bytes("0123456789") };
  const left = [codeOf(client.submitBackground(big))];
  expect(await codeOf(client.submitBackground(job))).toBe("QUEUE_FULL");
  left.push(codeOf(client.submitBackground({ ...job, data: Buffer.alloc(0) })));
  expect(await codeOf(client.submitBackground({ ...job, data: Buffer.alloc(0) }))).toBe("QUEUE_FULL");
  await client.close();
  expect(await Promise.all(left)).toEqual(["CLOSED", "CLOSED"]);
});

test("an ERROR rejects its submit only: SERVER_ERROR with the server's code", async (context) => {
  const { client } = await clientOf(
    context,
    serving((_, peer) => peer.send({ name: "ERROR", code: bytes("QUEUE_ERROR"), text: bytes("full") })),
  );
  await expect(client.submitBackground(job)).rejects.toMatchObject({
    code: "SERVER_ERROR",
    serverCode: "QUEUE_ERROR",
    serverText: "full",
  });
});

test("after a reset, sent calls reject and the next call uses a new connection", async (context) => {
  let connections = 0;
  const { client, proxy } = await clientOf(
    context,
    serving((_, peer) => {
      if (++connections === 1) proxy.cut();
      else peer.send({ name: "JOB_CREATED", handle: bytes("H:2") });
    }),
  );
  expect(await codeOf(client.submitBackground(job))).toBe("CONNECTION_LOST");
  expect((await client.submitBackground(job)).handle).toEqual(bytes("H:2"));
});

test("without a server: TIMEOUT; cancelled calls are not sent later; close ends the attempts", async (context) => {
  const { server, proxy, address } = await serverOf(
    context,
    serving((_, peer) => peer.send({ name: "JOB_CREATED", handle: bytes("H:1") })),
  );
  await proxy.refuse();
  const client = new AbraxasClient({ server: address, submitTimeoutMs: 2000 });
  await expect(client.submitBackground(job)).rejects.toMatchObject({ code: "TIMEOUT", phase: "connecting" });
  await proxy.restore();
  await waitFor("a connection", () => client.connected);
  await client.submitBackground({ ...job, data: bytes("kept") });
  expect(server.connections[0]?.received).toMatchObject([{ name: "OPTION_REQ" }, { data: bytes("kept") }]);
  await client.close();
  await client.close();
});

test("a result above maxDataBytes: DATA_TOO_LARGE", async (context) => {
  const handle = bytes("H:1");
  const { client } = await clientOf(
    context,
    serving((_, peer) =>
      peer.send({ name: "JOB_CREATED", handle }, { name: "WORK_COMPLETE", handle, data: bytes("12345") }),
    ),
  );
  expect(await codeOf(client.submitForeground({ ...job, maxDataBytes: 4 }))).toBe("DATA_TOO_LARGE");
  expect(client.pending).toBe(0);
});

test("a worker that lost its connection during a grab grabs again on the next one", async (context) => {
  let grabs = 0;
  const { proxy, address } = await serverOf(
    context,
    serving((packet, peer) => {
      if (packet.name === "PRE_SLEEP") peer.send({ name: "NOOP" });
      if (packet.name !== "GRAB_JOB_UNIQ") return;
      if (++grabs === 1) proxy.cut();
      else if (grabs === 2) peer.send(assign("H:1", "q", "again"));
    }),
  );
  const jobs: RunningJob[] = [];
  const worker = new AbraxasWorker({
    server: address,
    functions: [bytes("q")],
    maxInFlight: 1,
    onJob: (taken) => jobs.push(taken),
  });
  context.onTestFinished(() => worker.close());
  const taken = await waitFor("a job", () => jobs[0]);
  expect([taken.data, taken.unique, worker.held]).toEqual([bytes("again"), bytes("u"), 1]);
  expect(() => taken.sendStatus(bytes("1"), bytes("3"))).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED" }),
  );
  expect(() => taken.abandon()).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  taken.complete();
  taken.complete();
  expect(worker.held).toBe(0);
});

test.for([
  ["an umlaut", "\xfc"],
  ["64 bytes", "f".repeat(64)],
  ["nothing", ""],
  ["a blank", "a b"],
  ["a property every object has", "constructor"],
])("a worker cannot be registered for %s", ([, name]) => {
  const server = { host: "127.0.0.1", port: 1 };
  const make = () =>
    new AbraxasWorker({ server, functions: [bytes(name as string)], maxInFlight: 1, onJob: () => {} });
  expect(make).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
});

test("functions are added on a live connection, and cannot be withdrawn", async (context) => {
  const { server, address } = await serverOf(context, serving());
  const worker = new AbraxasWorker({
    server: address,
    functions: [bytes("a")],
    maxInFlight: 1,
    onJob: () => {},
    clientId: bytes("me"),
  });
  context.onTestFinished(() => worker.close());
  await waitFor("a connection", () => worker.connected);
  worker.setFunctions([bytes("a"), bytes("b")]);
  expect(() => worker.setFunctions([bytes("b")])).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  const peer = await waitFor("both functions", () => {
    const [first] = server.connections;
    return first?.names.filter((name) => name === "CAN_DO").length === 2 && first;
  });
  expect(peer.received).toContainEqual({ name: "SET_CLIENT_ID", id: bytes("me") });
  expect(peer.received).toContainEqual({ name: "CAN_DO", function: bytes("b") });
});

test("a job handler that throws fails its job", async (context) => {
  const { server, address } = await serverOf(
    context,
    serving((packet, peer) => {
      if (packet.name === "PRE_SLEEP") peer.send({ name: "NOOP" });
      if (packet.name === "GRAB_JOB_UNIQ") peer.send(assign("H:1", "q"));
    }),
  );
  const worker = new AbraxasWorker({
    server: address,
    functions: [bytes("q")],
    maxInFlight: 1,
    onJob: () => {
      throw new Error("in the handler");
    },
  });
  context.onTestFinished(() => worker.close());
  const reports = await waitFor("the failure", () => {
    const names = server.connections[0]?.names ?? [];
    return names.includes("WORK_FAIL") && names;
  });
  expect(reports).not.toContain("WORK_EXCEPTION"); // its WORK_FAIL would then be an error on the server
});
