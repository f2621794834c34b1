import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { PACKET, packet } from "./packet.ts";
import { pageStage } from "./page-stage.ts";
import { quiet, run, TestWorld } from "./world.ts";

const TOKEN = "a token of the administrators".replaceAll(" ", "-");

/** A job server with a token, a connection to it, and its page. */
async function site(context: TestContext) {
  const file = join(tmpFolder(context), "token");
  writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
  const { port, ...stage } = await pageStage(context, `--admin-token-file=${file}`, "--verbose=INFO");
  const act = async (action: string, values: Record<string, string>): Promise<[number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/actions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ action, ...values }),
    });
    return [answer.status, (await answer.text()).trimEnd()];
  };
  return { ...stage, act };
}

test("queues are paused, resumed and purged, jobs cancelled; each is logged", async (context) => {
  const { world, socket, act, snapshot } = await site(context);
  const name = Buffer.from("größe").toString("latin1");
  const jobs = ["a", "b", "c"].map((unique) => packet(PACKET.SUBMIT_JOB_BG, name, unique, "x"));
  socket.write(Buffer.concat([packet(PACKET.CAN_DO, name), ...jobs, packet(PACKET.GRAB_JOB)]));
  await expect.poll(() => world.server?.stats().running).toBe(1);
  const { can, jobs: running } = await snapshot();
  expect(can.actions).toEqual(["pause", "resume", "purge", "move", "peek", "cancel", "drain"]);
  expect(await act("pause", { queue: "größe" })).toEqual([200, "Queue größe is paused."]);
  expect(await act("pause", { queue: "größe" })).toEqual([200, "Queue größe was paused before."]);
  expect([...(world.server?.site.queues() ?? [])][0]?.isPaused).toBe(true);
  expect(await act("resume", { queue: "größe" })).toEqual([200, "Queue größe is resumed."]);
  expect(await act("purge", { queue: "größe" })).toEqual([200, "2 jobs of queue größe were dropped."]);
  const [handle = ""] = running.map((job) => job.handle);
  expect(await act("cancel", { handle })).toEqual([
    200,
    `Job ${handle} is forgotten; its worker goes on to its end.`,
  ]);
  expect(await act("cancel", { handle: "H:none:1" })).toEqual([409, "there is no job H:none:1 any more"]);
  expect(await act("purge", { queue: "other" })).toEqual([409, "there is no queue other"]);
  expect(await act("purge", { queue: "größe", server: "mon2:4730" })).toEqual([
    ...[409, "this is done on the page of mon2:4730"],
  ]);
  expect(world.logged).toContain(
    'page: 127.0.0.1: purge {"queue":"größe"}: 2 jobs of queue größe were dropped.',
  );
  expect(world.logged).not.toContain(TOKEN);
});

test.for([
  [
    " is draining: takes no more jobs, finishes 0 jobs",
    200,
    "Worker w1 drains: it finishes its jobs and takes no more.",
  ],
  [
    ...[" has 1 worker and is working on 0 jobs. Version: 1.0|worker=1;;;1;1 jobs=0c", 409],
    "worker w1 takes this word only encrypted: use the page of the bridge, or allow_drain_job=yes",
  ],
] as const)("a worker is asked to drain: w1%s", async ([answer, status, text], context) => {
  const { socket, act } = await site(context);
  socket.write(packet(PACKET.CAN_DO, "worker_w1"));
  let received = "";
  socket.on("data", (data: Buffer) => {
    received += data.toString("latin1");
    const [, handle] = /(H:[^\0]+)\0worker_w1\0drain/.exec(received) ?? [];
    if (handle !== undefined) socket.write(packet(PACKET.WORK_COMPLETE, handle, `w1${answer}`));
  });
  const asked = act("drain", { worker: "w1" });
  await expect
    .poll(() => {
      socket.write(packet(PACKET.GRAB_JOB));
      return received;
    })
    .toContain("drain");
  expect(await asked).toEqual([status, text]);
});

test("a token that others can read, is short or is missing ends the start", async (context) => {
  const folder = tmpFolder(context);
  const file = join(folder, "token");
  const start = async (): Promise<string> => {
    const world = new TestWorld();
    expect(await run(quiet(folder, "--admin-listen=0", `--admin-token-file=${file}`), world)).toBe(1);
    return world.errors.join("\n");
  };
  expect(await start()).toContain("ENOENT");
  writeFileSync(file, "short\n", { mode: 0o600 });
  expect(await start()).toContain(`the token in ${file} must have 16 to 512 characters`);
  chmodSync(file, 0o640);
  expect(await start()).toContain(`${file} may be read by others, mode 0600 is needed`);
});
