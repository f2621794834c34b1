// @module-tag slow
import { randomBytes } from "node:crypto";
import { ClientConnection } from "@mod-gearman/client";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  parseBridgeAnswer,
  printBridgeQuestion,
  QUESTION_QUEUE,
  questionKeys,
} from "@mod-gearman/crypto";
import type { TracedCheck } from "@mod-gearman/observe";
import { startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { KEY } from "./bridge-setup.ts";
import { checkEvent, liveBridge, resultOf } from "./live-bridge.ts";

test("admin_listen serves metrics and health; a bridge without job server is not healthy", async (context) => {
  const gearmand = await startGearmand(context);
  const { adminPort } = await liveBridge(gearmand.port, " admin_listen=127.0.0.1:0");
  const url = `http://127.0.0.1:${await adminPort()}`;
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("modgearmanbridge_core_attached 1");
  const health = async () => {
    const answer = await fetch(`${url}/healthz`);
    return [answer.status, await answer.text()];
  };
  expect(await health()).toEqual([200, "ok\n"]);
  await gearmand.kill();
  await waitFor("the server away", async () => (await health())[0] === 503);
  expect(await health()).toEqual([503, "no job server is connected\n"]);
});

test("/api/checks has a check under way and what became of it, and the metrics have its hops", async (context) => {
  const { port } = await startGearmand(context);
  const { adminPort, shim } = await liveBridge(port, " admin_listen=127.0.0.1:0");
  expect(shim.last("SETTINGS")?.taken_times).toBe(1);
  const url = `http://127.0.0.1:${await adminPort()}`;
  const checks = async (query: string): Promise<TracedCheck[]> => {
    const { checks } = (await (await fetch(`${url}/api/checks${query}`)).json()) as {
      checks: TracedCheck[];
    };
    return checks;
  };
  const event = { ...checkEvent(1n), taken_time: BigInt(Date.now()) * 1000n };
  shim.send(event);
  await waitFor("accepted", () => shim.last("EVENT_DONE")?.seq === 1n);
  const known = {
    planned: Number(event.core_time) / 1000,
    taken: expect.any(Number),
    queued: expect.any(Number),
  };
  const underWay = { host: "web01", service: "svc-1", queue: "service", worker: null, state: null };
  const [check] = await checks("?host=web01&service=svc-1");
  expect(check).toMatchObject({ ...underWay, timesMs: { ...known, fetched: null } });
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port }] });
  onTestFinished(() => client.close());
  await client.submitBackground({ function: Buffer.from("check_results"), data: resultOf("svc-1") });
  await waitFor("the result", () => shim.last("RESULT") !== undefined);
  expect((await checks(""))[0]?.timesMs).toMatchObject({ fetched: expect.any(Number), applied: null });
  shim.send({ name: "RESULT_DONE", seq: 1n });
  await waitFor("applied", async () => (await checks(""))[0]?.timesMs.applied !== null);
  const finished = {
    worker: "w1",
    state: 1,
    clockDifferenceMs: 0,
    timesMs: { started: expect.any(Number), sent: null },
  };
  expect(await checks("")).toMatchObject([finished]);
  expect(await checks("?host=web01")).toEqual([]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('modgearmanbridge_check_hop_seconds_count{queue="service",hop="wait"} 1');
  expect((await fetch(`${url}/api/checks?service=x`)).status).toBe(400);
  expect(metrics).toContain("modgearmanbridge_commands_kept 1\n");
  const ask = (body: Buffer) => fetch(`${url}/api/question`, { method: "POST", body: new Uint8Array(body) });
  const keys = questionKeys({ password: Buffer.from(KEY) });
  const question = printBridgeQuestion({
    hostName: event.host_name,
    serviceDescription: Buffer.from("svc-1"),
  });
  const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: Date.now });
  const answered = await ask(sealer.seal(keys.question, QUESTION_QUEUE, question));
  const opener = new EnvelopeOpener({
    ...{ direction: "answer", maxTextBytes: 1000 },
    keys: { find: () => keys.answer },
  });
  const opened = opener.open(Buffer.from(await answered.arrayBuffer()), QUESTION_QUEUE);
  expect("text" in opened && parseBridgeAnswer(opened.text)?.job).toEqual({
    ...{ queue: event.queue, timeoutSeconds: event.timeout, commandLine: event.command_line },
  });
  expect([(await ask(question)).status, (await ask(Buffer.alloc(10_000))).status]).toEqual([403, 403]);
  expect((await fetch(`${url}/api/question`)).status).toBe(405);
});
