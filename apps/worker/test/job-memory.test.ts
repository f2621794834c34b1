import { describe, expect, test } from "vitest";
import type { JobEnd } from "../src/job.ts";
import { JobMemory, MAX_LOST } from "../src/job-memory.ts";

const server = "127.0.0.1:4730";
const job = (handle: string, data = "type=service") => ({
  handle: Buffer.from(handle),
  data: Buffer.from(data),
});

describe("a job assigned again", () => {
  test("while it is running: ends with that run, for every listener", () => {
    const memory = new JobMemory();
    const end = memory.remember(1, server, job("H:a:1"));
    const ends: JobEnd[] = [];
    for (let count = 0; count < 2; count++) {
      const repetition = memory.recall(server, job("H:a:1"));
      if (typeof repetition === "object") repetition.onEnd((one) => ends.push(one));
    }
    expect(ends).toEqual([]);
    end("answered");
    expect(ends).toEqual(["answered", "answered"]);
  });

  test("after it has run: is only answered", () => {
    const memory = new JobMemory();
    memory.remember(1, server, job("H:a:1"))("answered");
    expect(memory.recall(server, job("H:a:1"))).toBe("answered");
  });

  test.for(["canceled", "shortage"] as const)("after a run that was %s: it is new", (end) => {
    const memory = new JobMemory();
    memory.remember(1, server, job("H:a:1"))(end);
    expect(memory.recall(server, job("H:a:1"))).toBe("new");
    expect(memory.size).toBe(0);
  });
});

test.for([
  ["another handle", server, job("H:a:2")],
  ["another server", "127.0.0.1:4731", job("H:a:1")],
  ["another workload, as after a restart of the server", server, job("H:a:1", "type=host")],
  ["a workload of the same length", server, job("H:a:1", "type=servicf")],
] as const)("%s is new", ([, from, other]) => {
  const memory = new JobMemory();
  memory.remember(1, server, job("H:a:1"))("answered");
  expect(memory.recall(from, other)).toBe("new");
});

test("keeps two jobs of each slot, and none of a closed slot", () => {
  const memory = new JobMemory();
  for (let i = 1; i <= 100; i++)
    for (const slot of [1, 2]) memory.remember(slot, server, job(`H:${slot}:${i}`))("answered");
  expect(memory.size).toBe(4);
  expect(memory.recall(server, job("H:1:98"))).toBe("new");
  expect(memory.recall(server, job("H:1:99"))).not.toBe("new");
  memory.forget(2);
  expect(memory.size).toBe(2);
});

test("a later job with the handle of an old one is kept when that is dropped", () => {
  const memory = new JobMemory();
  memory.remember(1, server, job("H:a:1", "first"))("answered");
  memory.remember(2, server, job("H:a:1", "second"))("answered");
  memory.forget(1);
  expect(memory.recall(server, job("H:a:1", "second"))).not.toBe("new");
});

describe("after a lost connection", () => {
  test("the slot's last jobs are kept however many others it runs, also when it is closed", () => {
    const memory = new JobMemory();
    memory.remember(1, server, job("H:a:1"))("answered");
    const end = memory.remember(1, server, job("H:a:2"));
    memory.lost(1);
    end("answered");
    for (let i = 3; i <= 20; i++) memory.remember(1, server, job(`H:a:${i}`))("answered");
    memory.forget(1);
    expect(memory.recall(server, job("H:a:1"))).toBe("answered");
    expect(memory.recall(server, job("H:a:2"))).toBe("answered");
    expect(memory.recall(server, job("H:a:3"))).toBe("new");
  });

  test("a canceled run is dropped as well", () => {
    const memory = new JobMemory();
    const end = memory.remember(1, server, job("H:a:1"));
    memory.lost(1);
    end("canceled");
    expect(memory.recall(server, job("H:a:1"))).toBe("new");
    expect(memory.size).toBe(0);
  });

  test("a job that came again is kept: its answer may be lost too", () => {
    const memory = new JobMemory();
    memory.remember(1, server, job("H:a:1"))("answered");
    expect(memory.recall(server, job("H:a:1"))).toBe("answered");
    memory.forget(1);
    expect(memory.recall(server, job("H:a:1"))).toBe("answered");
  });

  test("the number is limited, the oldest are dropped first", () => {
    const memory = new JobMemory();
    for (let i = 0; i <= MAX_LOST; i++) {
      memory.remember(1, server, job(`H:a:${i}`))("answered");
      memory.lost(1);
    }
    memory.forget(1);
    expect(memory.size).toBe(MAX_LOST);
    expect(memory.recall(server, job("H:a:0"))).toBe("new");
    expect(memory.recall(server, job("H:a:1"))).toBe("answered");
  });
});
