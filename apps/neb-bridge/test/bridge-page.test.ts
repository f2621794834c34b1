// @module-tag slow

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { printMasterFile } from "@mod-gearman/crypto";
import type { SiteSnapshot } from "@mod-gearman/site-page";
import { startGearmand, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import { envelope } from "./bridge-setup.ts";
import { checkEvent, liveBridge, resultOf } from "./live-bridge.ts";

const TOKEN = "token-of-the-administrators";

test("the page of the bridge shows job servers of any make, and drains a worker with the key", async (context) => {
  const { port } = await startGearmand(context);
  const token = join(tmpFolder(context), "token");
  writeFileSync(token, `${TOKEN}\n`, { mode: 0o600 });
  const more = ` admin_listen=127.0.0.1:0 admin_token_file=${token}`;
  const { adminPort, shim } = await liveBridge(port, more);
  const url = `http://127.0.0.1:${await adminPort()}/`;
  const site = async () => (await (await fetch(`${url}api/site`)).json()) as SiteSnapshot;
  shim.send(checkEvent(1n));
  await waitFor("accepted", () => shim.last("EVENT_DONE")?.seq === 1n);
  const worker = new WorkerConnection({
    server: { host: "127.0.0.1", port },
    functions: [Buffer.from("worker_w1")],
    clientId: Buffer.from("w1@mod_gearman_worker/1.0.0"),
    maxInFlight: 1,
    onJob: (job) => {
      const isDrain = envelopeOpens(job.data, "drain");
      job.complete(Buffer.from(isDrain ? "w1 is draining: takes no more jobs" : '{"slots":3,"load":0.5}'));
    },
  });
  onTestFinished(() => worker.close());
  await waitFor("the worker's report", async () => (await site()).workers.some(({ slots }) => slots === 3));
  const { program, servers, queues, workers, health, can } = await site();
  expect(program).toBe("mod_gearman_bridge");
  expect(can.checks).toBe(true);
  expect(can.actions).toEqual(["pause", "resume", "purge", "move", "cancel", "peek", "drain"]);
  expect(servers[0]?.actions).toEqual([]); // a gearmand in C has no commands for them
  expect(servers).toEqual([expect.objectContaining({ name: `127.0.0.1:${port}`, isUp: true })]);
  expect(queues.find(({ name }) => name === "service")).toMatchObject({ waiting: 1, workers: 0 });
  expect(workers.map(({ name, kind }) => [name, kind])).toContainEqual(["w1", "worker"]);
  expect(health.findings.map(({ code }) => code)).toContain("queue-without-worker");
  expect(await (await fetch(url)).text()).toContain('<script type="module" src="page.js">');
  const drain = (name: string) =>
    fetch(`${url}api/actions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ action: "drain", worker: name }),
    });
  expect(await (await drain("w1")).text()).toBe(
    "Worker w1 drains: it finishes its jobs and takes no more.\n",
  );
});

test("a result that cannot be read, and a server that is away, are findings", async (context) => {
  const gearmand = await startGearmand(context);
  const { adminPort } = await liveBridge(gearmand.port, " admin_listen=127.0.0.1:0");
  const url = `http://127.0.0.1:${await adminPort()}/api/site`;
  const codes = async () =>
    ((await (await fetch(url)).json()) as SiteSnapshot).health.findings.map(({ code }) => code);
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port: gearmand.port }] });
  onTestFinished(() => client.close());
  await client.submitBackground({
    function: Buffer.from("check_results"),
    data: Buffer.from("of another key"),
  });
  await waitFor("the finding", async () => (await codes()).includes("result-key"));
  await gearmand.kill();
  await waitFor("the server away", async () => (await codes()).includes("server-away"));
});

async function foundAt(port: number) {
  const answer = await fetch(`http://127.0.0.1:${port}/api/site`);
  const { health, clocks = [] } = (await answer.json()) as SiteSnapshot;
  return { found: health.findings.map(({ code, text }) => `${code}: ${text}`), clocks };
}

test("a worker whose clock is off is a finding", async (context) => {
  const { port } = await startGearmand(context);
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port }] });
  onTestFinished(() => client.close());
  const { adminPort, shim } = await liveBridge(port, " admin_listen=127.0.0.1:0");
  const at = await adminPort();
  shim.send(checkEvent(1n));
  await waitFor("accepted", () => shim.last("EVENT_DONE")?.seq === 1n);
  const data = resultOf("svc-1", undefined, 90_000);
  await client.submitBackground({ function: Buffer.from("check_results"), data });
  const clock = /^worker-clock: The clock of worker w1 is (8\d|90)\.\d s ahead\.$/;
  await waitFor("the finding", async () => (await foundAt(at)).found.some((text) => clock.test(text)));
  expect((await foundAt(at)).clocks).toEqual([{ worker: "w1", aheadMs: expect.any(Number) }]);
});

test("a result that version 2 refuses is a finding", async (context) => {
  const { port } = await startGearmand(context);
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port }] });
  onTestFinished(() => client.close());
  const folder = tmpFolder(context);
  const [master, list] = [join(folder, "master"), join(folder, "identities")];
  writeFileSync(master, printMasterFile({ secret: Buffer.alloc(32, 1), epochs: [1] }), { mode: 0o600 });
  writeFileSync(list, "worker w1 service\nend\n");
  const files = `envelope_master_file=${master} envelope_identities_file=${list}`;
  const { adminPort } = await liveBridge(port, ` admin_listen=127.0.0.1:0 envelope=v2 ${files}`);
  const at = await adminPort();
  expect((await foundAt(at)).found).toEqual([]);
  await client.submitBackground({ function: Buffer.from("check_results"), data: resultOf("svc-1") });
  const refused = "result-refused: Results are refused (1 so far): the message is in the legacy form.";
  await waitFor("the finding", async () => (await foundAt(at)).found.includes(refused));
});

function envelopeOpens(data: Buffer, word: string): boolean {
  try {
    return envelope.open(data).toString() === word;
  } catch {
    return false;
  }
}

test("admin_servers are shown in place of asking, admin_names may be in the request", async (context) => {
  const { port } = await startGearmand(context);
  const more = " admin_listen=127.0.0.1:0 admin_servers=127.0.0.1:1 admin_names=monitor.example";
  const { adminPort } = await liveBridge(port, more);
  const asked = { host: "127.0.0.1", port: await adminPort(), path: "/api/site" };
  const ask = async (host: string) => {
    const [answer] = await once(get({ ...asked, headers: { host } }), "response");
    return { status: answer.statusCode, text: await text(answer) };
  };
  const { servers } = JSON.parse((await ask("monitor.example")).text) as SiteSnapshot;
  expect(servers).toEqual([expect.objectContaining({ name: "127.0.0.1:1", isUp: false })]);
  expect((await ask("evil.example")).status).toBe(421);
  expect((await ask("evil.example")).text).not.toContain("127.0.0.1:1");
});
