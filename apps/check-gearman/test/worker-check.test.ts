import { FakeJobServer, type FakeScript } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { Plugin } from "./plugin.ts";

const handle = Buffer.from("H:1");

/** Accepts jobs; answers them if `answer` is given. */
function jobServer(answer?: string): FakeJobServer {
  const script: FakeScript = {
    onPacket: (packet, connection) => {
      if (!packet.name.startsWith("SUBMIT_JOB")) return;
      connection.send({ name: "JOB_CREATED", handle });
      if (answer !== undefined) connection.send({ name: "WORK_COMPLETE", handle, data: Buffer.from(answer) });
    },
  };
  return new FakeJobServer(script);
}

function setUp(servers: Record<string, FakeJobServer>): Plugin {
  const plugin = new Plugin();
  for (const [name, server] of Object.entries(servers)) plugin.servers.set(name, server);
  return plugin;
}
const JOB = ["-q", "lab", "-s", "check"];

test("the job has high priority and the raw text", async () => {
  const server = jobServer("fine");
  const plugin = setUp({ a: server });
  expect(await plugin.run("-H", "a:1", ...JOB)).toBe(0);
  const submitted = server.connections[0]?.received.find((packet) => packet.name === "SUBMIT_JOB_HIGH");
  expect(submitted).toMatchObject({
    function: Buffer.from("lab"),
    unique: Buffer.from("check"),
    data: Buffer.from("check"),
  });
  expect(plugin.clock.pending).toBe(0);
});

test("-a: a background job, without waiting for an answer", async () => {
  const server = jobServer();
  const plugin = setUp({ a: server });
  expect(await plugin.run("-H", "a:1", ...JOB, "-a", "-e", "nothing")).toBe(0);
  expect(plugin.stdout).toBe("check_gearman OK - sending background job succeded\n");
  expect(server.connections[0]?.names).toContain("SUBMIT_JOB_HIGH_BG");
});

test("a server that refuses: the next one gets the job", async () => {
  const refusing = new FakeJobServer();
  refusing.mode = "refuse";
  const plugin = setUp({ a: refusing, b: jobServer("from b") });
  expect(await plugin.run("-H", "a:1", "-H", "b:1", ...JOB)).toBe(0);
  expect(plugin.stdout).toBe("check_gearman OK - from b\n");
});

test("a server that accepts the connection and does not answer: the next one is tried after its share of the time", async () => {
  const plugin = setUp({ a: new FakeJobServer(), b: jobServer("from b") });
  const ended = plugin.run("-H", "a:1", "-H", "b:1", ...JOB, "-t", "8");
  await plugin.clock.advance(3999);
  expect(plugin.stdout).toBe("");
  await plugin.clock.advance(1);
  expect(await ended).toBe(0);
  expect(plugin.stdout).toBe("check_gearman OK - from b\n");
});

test("a job that a server has accepted is not submitted to the next one", async () => {
  const second = jobServer("from b");
  const plugin = setUp({ a: jobServer(), b: second });
  const ended = plugin.run("-H", "a:1", "-H", "b:1", ...JOB, "-t", "8");
  await plugin.clock.advance(7999);
  expect(plugin.stdout).toBe("");
  await plugin.clock.advance(1);
  expect(await ended).toBe(2);
  expect(plugin.stdout).toBe(
    "check_gearman CRITICAL - job failed: GEARMAN_TIMEOUT no worker answered in time\n",
  );
  expect(second.connections).toEqual([]);
});

test.for<[string, FakeJobServer["mode"], string]>([
  ["refuses", "refuse", "GEARMAN_COULD_NOT_CONNECT Connection to a:1 failed"],
  ["does not accept", "silent", "GEARMAN_COULD_NOT_CONNECT Connection to a:1 failed"],
])("a server that %s", async ([, mode, text]) => {
  const server = new FakeJobServer();
  server.mode = mode;
  const plugin = setUp({ a: server });
  const ended = plugin.run("-H", "a:1", ...JOB, "-t", "1");
  await plugin.clock.advance(1000);
  expect(await ended).toBe(2);
  expect(plugin.stdout.startsWith(`check_gearman CRITICAL - job failed: ${text}`)).toBe(true);
});

test.for<[string, FakeScript, string]>([
  [
    "WORK_FAIL",
    {
      onPacket: ({ name }, connection) => {
        if (name === "SUBMIT_JOB_HIGH") {
          connection.send({ name: "JOB_CREATED", handle }, { name: "WORK_FAIL", handle });
        }
      },
    },
    "GEARMAN_WORK_FAIL\n",
  ],
  [
    "an error of the server",
    {
      onPacket: ({ name }, connection) => {
        if (name === "SUBMIT_JOB_HIGH") {
          connection.send({ name: "ERROR", code: Buffer.from("FULL"), text: Buffer.from("a|b") });
        }
      },
    },
    "GEARMAN_SERVER_ERROR FULL: a/b\n",
  ],
  [
    "a connection that ends",
    { onPacket: (_, connection) => connection.end() },
    "GEARMAN_LOST_CONNECTION a:1 closed",
  ],
])("%s", async ([, script, text]) => {
  const plugin = setUp({ a: new FakeJobServer(script) });
  expect(await plugin.run("-H", "a:1", ...JOB)).toBe(2);
  const begin = `check_gearman CRITICAL - job failed: ${text}`;
  expect(plugin.stdout.slice(0, begin.length)).toBe(begin);
});

test("-e with an empty answer is critical", async () => {
  const plugin = setUp({ a: jobServer("") });
  expect(await plugin.run("-H", "a:1", ...JOB, "-e", "x")).toBe(2);
  expect(plugin.stdout).toBe("check_gearman CRITICAL - send worker: 'check' response: '', expected 'x'\n");
});

test("-e with a text that the answer does not contain", async () => {
  const plugin = setUp({ a: jobServer("2:bad") });
  expect(await plugin.run("-H", "a:1", ...JOB, "-e", "good")).toBe(2);
  expect(plugin.stdout).toBe(
    "check_gearman CRITICAL - send worker: 'check' response: '2:bad', expected 'good'\n",
  );
});

test.for<[answer: string, code: number, line: string]>([
  ["two\tcolumns\nand lines\r\n", 0, "check_gearman OK - two\tcolumns\nand lines\r\n\n"],
  ["red \u001b[31m \u009b1m \u0007", 0, "check_gearman OK - red ?[31m ?1m ?\n"],
  ["2:down \u009b2J", 2, "down ?2J\n"],
])("an answer reaches the terminal without control characters: %j", async ([answer, code, line]) => {
  const plugin = setUp({ a: jobServer(answer) });
  expect(await plugin.run("-H", "a:1", "-v", ...JOB)).toBe(code);
  expect(Buffer.from(plugin.stdout, "latin1").toString()).toBe(line);
  for (const control of ["\u001b", "\u009b"]) expect(plugin.stderr).not.toContain(control);
});
