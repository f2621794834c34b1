import { type AdminQuery, ClientError } from "@mod-gearman/client";
import type { AdminReply } from "@mod-gearman/protocol";
import { expect, test } from "vitest";
import { askedActions } from "../src/asked-actions.ts";
import { askedServer } from "../src/asked-server.ts";

const SERVER = { host: "mon1", port: 4730 };
const line = (text: string): AdminReply => ({ kind: "line", line: Buffer.from(text) });
const error = (text: string): AdminReply => ({ kind: "error", line: Buffer.from(text) });
const table = (...lines: string[]): AdminReply => ({
  kind: "table",
  lines: lines.map((one) => Buffer.from(one)),
});

/** A job server that gives these answers. */
function answering(replies: Readonly<Record<string, AdminReply>>) {
  const commands: string[] = [];
  const query: AdminQuery = async (_server, asked) => {
    commands.push(...asked);
    return asked.map((command) => replies[command] ?? error("ERR UNKNOWN_COMMAND Unknown+server+command"));
  };
  return { commands, query, actions: askedActions(() => [SERVER], query) };
}

const at = (values: object) => ({ server: "mon1:4730", queue: "b\u00fcro x", ...values });

test("each action is one command, names as words", async () => {
  const name = Buffer.from("b\u00fcro%20x").toString("latin1");
  const { actions, commands } = answering({
    [`queue pause ${name}`]: line("OK"),
    [`queue resume ${name}`]: line("OK"),
    [`queue purge ${name}`]: line("OK dropped=7"),
    [`queue move ${name} other%25`]: line("OK moved=3 equal=1 not-stored=0 full=1"),
    "queue cancel job H:mon1:9": line("OK waiting=0 running=1"),
    [`queue peek ${name} 20 65536`]: table(
      "H:mon1:9\tweb-ping\twaiting\tnormal\t4\t3\t0\t1\t0\t0\t-\tYWJj",
      "H:mon1:10\tweb-long\trunning\thigh\t1\t99\t2\t1\t0\t0\t8%2010.0.0.1%20w1\tYWJj",
    ),
  });
  expect(await actions.pause?.(at({}))).toBe("Queue b\u00fcro x is paused.");
  expect(await actions.resume?.(at({}))).toBe("Queue b\u00fcro x is resumed.");
  expect(await actions.purge?.(at({}))).toBe("7 jobs of queue b\u00fcro x were dropped.");
  expect(await actions.move?.(at({ to: "other%" }))).toBe(
    "3 jobs of queue b\u00fcro x were moved to other%; 1 stayed, there are jobs with the same key; the rest stayed, a limit of the other queue is reached.",
  );
  expect(await actions.cancel?.(at({ handle: "H:mon1:9" }))).toMatch(/is forgotten; its worker goes on/);
  const peeked = await actions.peek?.(at({}));
  expect(peeked).toMatchObject({
    text: "2 jobs of queue b\u00fcro x were shown, as sealed.",
    data: {
      jobs: [
        { handle: "H:mon1:9", unique: "web-ping", state: "waiting", worker: null, workload: "YWJj" },
        { handle: "H:mon1:10", priority: "high", worker: "8 10.0.0.1 w1", workload: null, bytes: 99 },
      ],
    },
  });
  expect(commands).toHaveLength(6);
});

test.for([
  ["a server that is not of the configuration", { server: "evil:4730" }, /done on the page of evil:4730/],
  ["a queue that does not exist", { queue: "none" }, /there is no such queue/],
  ["a way in without rights", { queue: "closed" }, /right admin/],
  ["another make", { queue: "unknown" }, /of another make and has no such command/],
  ["a word that ends the line", { queue: "q\nshutdown" }, /of another make/],
] as const)("%s is refused with a reason", async ([, values, reason]) => {
  const { actions, commands } = answering({
    "queue pause none": error("ERR UNKNOWN_QUEUE"),
    "queue pause closed": error("ERR NOT_ALLOWED Not+allowed"),
  });
  await expect(Promise.resolve(actions.pause?.(at(values)))).rejects.toThrow(reason);
  for (const command of commands) expect(command).not.toContain("\n");
});

test("a server that is away is refused with a reason", async () => {
  const query: AdminQuery = () => Promise.reject(new ClientError("CONNECT_FAILED", "connect ECONNREFUSED"));
  const { pause } = askedActions(() => [SERVER], query);
  await expect(Promise.resolve(pause?.(at({})))).rejects.toThrow(/job server mon1:4730/);
});

test("the state of queues is that of the server, which takes the actions; one of another make takes none", async () => {
  const replies = {
    status: table("a\t3\t1\t2", "b\t1\t0\t1", "c\t0\t0\t1"),
    version: line("OK 1.2.3"),
    workers: table(),
  };
  const { value: ours } = await askedServer(
    SERVER,
    answering({
      ...replies,
      "queue list": table(
        "a\tpaused\t0\t2\t0\t0\t1\t2\t9\t80",
        "b\tstalled\t0\t1\t0\t0\t0\t1\t9\t80",
        "c\t-\t0\t0\t0\t0\t0\t1\t-\t0",
      ),
    }).query,
  );
  expect(ours.actions).toEqual(["pause", "resume", "purge", "move", "peek", "cancel"]);
  const stateOf = (name: string) => ours.queues.find((one) => one.name === name);
  expect(stateOf("a")).toMatchObject({ waiting: 2, isPaused: true, isStalled: false });
  expect(stateOf("b")).toMatchObject({ isPaused: false, isStalled: true });
  expect(stateOf("c")).toMatchObject({ isPaused: false, isStalled: false });
  expect((await askedServer(SERVER, answering(replies).query)).value.actions).toEqual([]);
});

test("a table of queues that is too long is read line by line, those in use are shown", async () => {
  const query: AdminQuery = async (_server, commands, { onTableLine }) => {
    if (onTableLine === undefined) throw new ClientError("PROTOCOL", "too long");
    expect(commands).toEqual(["status"]);
    for (let at = 0; at < 3000; at++) onTableLine(Buffer.from(`idle${at}\t0\t0\t0`));
    for (let at = 0; at < 5; at++) onTableLine(Buffer.from(`used${at}\t3\t1\t2`));
    return [table()];
  };
  const { value, rows, isCrowded } = await askedServer(SERVER, query);
  const { queues, omitted, problem, away } = value;
  expect([rows, isCrowded]).toEqual([3005, true]);
  expect(queues.length).toBe(1000);
  expect(queues.slice(0, 5).map(({ name, waiting }) => [name, waiting])).toEqual(
    [0, 1, 2, 3, 4].map((at) => [`used${at}`, 2]),
  );
  expect(omitted).toEqual({ queues: 2005, workers: 0 });
  expect(problem).toBe("it has 3005 queues, and its workers cannot be shown here");
  expect(away).toBeUndefined();
});

test("what is no job server is away", async () => {
  const query: AdminQuery = () => Promise.reject(new ClientError("PROTOCOL", "no table"));
  expect((await askedServer(SERVER, query)).value.away).toBe("its answer is not that of a job server");
});
