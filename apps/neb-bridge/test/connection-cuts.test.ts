// @module-tag slow
import { JobPeer, startGearmand, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { encodeMessage } from "../src/link/codec.ts";
import type { Message } from "../src/link/fields.ts";
import { check, connect, newBridge } from "./bridge-setup.ts";
import type { FakeShim } from "./fake-shim.ts";

const HOST = { host_name: Buffer.from("web01"), core_time: 1_795_246_679_000_000n } as const;
const text = (value: string): Buffer => Buffer.from(value);

/** One event of every kind. A check that is run again later has another time. */
function events(run: bigint): Message[] {
  const core_time = HOST.core_time + run;
  return [
    { ...check(1n), core_time },
    {
      ...HOST,
      name: "HOST_CHECK",
      seq: 2n,
      queue: text("host"),
      command_line: text("/bin/host"),
      core_time,
      timeout: 10,
      check_options: 0,
    },
    {
      ...HOST,
      name: "EVENT_HANDLER",
      seq: 3n,
      queue: text("eventhandler"),
      command_line: text("/bin/handler"),
    },
    {
      ...HOST,
      name: "NOTIFICATION",
      seq: 4n,
      contact: text("admin"),
      command_line: text("/bin/mail"),
      start_time: HOST.core_time,
    },
    { name: "PERFDATA", seq: 5n, host_name: HOST.host_name, text: text("record") },
    {
      name: "EXPORT",
      seq: 6n,
      neb_callback: 0,
      neb_type: 106,
      neb_flags: 0,
      neb_attr: 0,
      timestamp: HOST.core_time,
    },
  ];
}

const QUEUES = ["service", "host", "eventhandler", "notification", "perfdata", "exported"];

const hello = (shim: FakeShim, port: number): void =>
  shim.hello({
    module_args: text(
      `server=127.0.0.1:${port} encryption=no eventhandler=yes notifications=yes perfdata=perfdata ` +
        "export=exported:0:NEBCALLBACK_PROCESS_DATA log_stats_interval=0",
    ),
  });

/** Connection cut before message `cut`, or inside it; 0 is HELLO. */
const cuts = Array.from({ length: 7 }, (_, cut) => [
  { cut, half: false },
  { cut, half: true },
]).flat();

/** Of one bridge and one job server; a worker answers each check. */
async function startScene(context: Parameters<typeof startGearmand>[0]) {
  const gearmand = await startGearmand(context);
  const taken: string[] = [];
  const [worker, sender] = [await JobPeer.connect(gearmand.port), await JobPeer.connect(gearmand.port)];
  onTestFinished(async () => {
    await worker.close();
    await sender.close();
  });
  worker.take(QUEUES, (_, queue) => taken.push(queue));
  const count = (queue: string): number => taken.filter((one) => one === queue).length;
  const result = (output: string) =>
    sender.submit(
      "check_results",
      Buffer.from(
        Buffer.from(
          `host_name=web01\nservice_description=svc-1\nreturn_code=0\nstart_time=1.0\nfinish_time=2.0\noutput=${output}\n`,
        ).toString("base64"),
      ),
      output,
    );
  return { port: gearmand.port, count, result };
}

describe.for(cuts)("cut in message $cut, inside it: $half", ({ cut, half }) => {
  test("every event reaches the job server, one that must not run twice once", async (context) => {
    const { port, count } = await startScene(context);
    const bridge = newBridge();
    const first = connect(bridge);
    if (cut > 0) hello(first, port);
    else if (half) first.sendRaw(encodeMessage({ name: "PING" }).subarray(0, 4)); // half a header
    await waitFor("settings, if HELLO was whole", () => cut === 0 || first.last("STATE")?.ready === 1);
    first.send(...events(0n).slice(0, Math.max(0, cut - 1)));
    const next = events(0n)[cut - 1];
    if (half && next !== undefined) {
      const bytes = encodeMessage(next);
      first.sendRaw(bytes.subarray(0, bytes.length / 2));
    }
    first.drop();
    await waitFor("the end of the connection", () => !bridge.hasCore);

    // As the shim does: checks are planned again, all others that were not answered are sent again.
    const second = connect(bridge);
    hello(second, port);
    await waitFor("settings", () => second.last("STATE")?.ready === 1);
    second.send(...events(1n));
    await waitFor("all are answered", () => second.last("EVENT_DONE")?.seq === 6n);
    await waitFor("all are taken", () => QUEUES.every((queue) => count(queue) > 0));
    expect(second.all("EVENT_REJECTED")).toEqual([]);
    expect([count("eventhandler"), count("notification")]).toEqual([1, 1]);
    for (const queue of ["perfdata", "exported"]) expect(count(queue)).toBeLessThanOrEqual(2);
    // One result is all that either check needs; the former run of it has the same key on the job server, or is done.
    expect(bridge.describe()).toContain("checks under way: 2,");
  });
});

test("cut before, inside and after RESULT_DONE: the result is completed once, and sent again with the same id", async (context) => {
  const { port, result } = await startScene(context);
  const bridge = newBridge();
  const done = encodeMessage({ name: "RESULT_DONE", seq: 1n });
  const ids = new Set<string>();
  for (const bytes of [done.subarray(0, 0), done.subarray(0, 9), done]) {
    const shim = connect(bridge);
    hello(shim, port);
    if (ids.size === 0) await result("only one");
    await waitFor("the result", () => shim.last("RESULT") !== undefined);
    ids.add(String(shim.last("RESULT")?.result_id.toString("hex")));
    shim.sendRaw(bytes);
    if (bytes === done) await waitFor("completion", () => bridge.describe().includes("results held: 0"));
    shim.drop();
    await waitFor("the end of the connection", () => !bridge.hasCore);
  }
  expect(ids.size).toBe(1);
});
