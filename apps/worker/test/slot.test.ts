import { expect, test } from "vitest";
import { JobMemory } from "../src/job-memory.ts";
import { type GrabConnectionFactory, Slot, type SlotJob } from "../src/slot.ts";

type Events = Parameters<GrabConnectionFactory>[2];

const SERVERS = [
  { host: "a", port: 1 },
  { host: "b", port: 2 },
];

/** A slot with fake connections, and its events. */
function setUp() {
  const notes: string[] = [];
  const events = new Map<string, Events>();
  const slot = new Slot({
    id: 1,
    servers: SERVERS,
    functions: [Buffer.from("service")],
    connect: (server, _functions, grabEvents) => {
      events.set(server.host, grabEvents);
      return {
        connected: true,
        asleep: false,
        outstandingGrabs: 0,
        setFunctions: () => undefined,
        pause: () => undefined,
        resume: () => undefined,
        close: async () => void notes.push(`close ${server.host}`),
        submitBackground: () => false,
      };
    },
    handle: () => notes.push("run"),
    memory: new JobMemory(),
    now: () => 0,
    onShortage: () => undefined,
    onBackgroundEnd: () => undefined,
    onClosed: () => undefined,
  });
  const job: SlotJob = {
    handle: Buffer.from("H:1"),
    function: Buffer.from("service"),
    data: Buffer.alloc(0),
    complete: () => notes.push("complete"),
    fail: () => notes.push("fail"),
    abandon: () => notes.push("abandon"),
  };
  return { slot, job, notes, events };
}

test("a second job while one is running is returned: its connection is closed, the first job continues", () => {
  const { slot, job, notes, events } = setUp();
  events.get("a")?.onJob(job);
  events.get("b")?.onJob({ ...job, handle: Buffer.from("H:2") });
  expect(notes).toEqual(["run", "abandon", "close b"]);
  expect(slot.describe()).toContain("runs H:1");
});

// gearmand answers a pending grab also after the connection was closed for writing
test("a job that arrives while its connection is being closed is not run, since it could not be answered", () => {
  const { slot, job, notes, events } = setUp();
  slot.retire();
  events.get("a")?.onJob(job);
  expect(notes).toEqual(["close a", "close b", "abandon"]);
  expect(slot.busy).toBe(false);
});

test("a server that a reload brings TLS for, or other files of it, gets another connection", () => {
  const { slot, notes } = setUp();
  const secured = (caFile: string) => SERVERS.map((server) => ({ ...server, tls: { caFile } }));
  const functions = [Buffer.from("service")];
  slot.reconfigure(secured("/ca").slice(0, 1), functions);
  expect(notes).toEqual(["close a", "close b"]);
  slot.reconfigure(secured("/ca").slice(0, 1), functions);
  expect(notes).toHaveLength(2);
  slot.reconfigure(secured("/other").slice(0, 1), functions);
  expect(notes).toEqual(["close a", "close b", "close a"]);
  expect(slot.describe()).toBe("slot 1: idle, tls://a:1 up");
});

test("nor is a job of a server that a reload has removed", () => {
  const { slot, job, notes, events } = setUp();
  slot.reconfigure(SERVERS.slice(1), [Buffer.from("service")]);
  events.get("a")?.onJob(job);
  events.get("b")?.onJob(job);
  expect(notes).toEqual(["close a", "abandon", "run"]);
});
