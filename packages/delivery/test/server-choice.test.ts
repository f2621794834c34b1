import { expect, test } from "vitest";
import type { RouterSettings } from "../src/router-settings.ts";
import { ServerChoice } from "../src/server-choice.ts";
import type { SubmitError } from "../src/submitter.ts";
import { FakeSubmitter, result } from "./fake-submitter.ts";

const settingsWith = (...servers: string[]): RouterSettings => ({
  servers: servers.map((server) => {
    const [host = "", port] = server.split(":");
    return { host, port: Number(port) };
  }),
  dupservers: [],
  dupResultsArePassive: true,
  dupserverBacklogQueueSize: 1000,
  numResultWorker: 0,
  gearmanConnectionTimeoutMs: 5000,
});

function setUp(...servers: string[]) {
  const made = new Map<string, FakeSubmitter>();
  const connects: (() => void)[] = [];
  let connected = 0;
  const choice = new ServerChoice(
    ({ host }, _settings, onConnect) => {
      const submitter = new FakeSubmitter();
      made.set(host, submitter);
      connects.push(onConnect);
      return submitter;
    },
    settingsWith(...servers),
    () => connected++,
  );
  const of = (host: string) => made.get(host) as FakeSubmitter;
  const errors: (SubmitError | undefined)[] = [];
  const send = (text: string, origin: string) =>
    choice.enqueueBackground(result(text, origin), (error) => errors.push(error));
  return { choice, of, send, errors, connects, connected: () => connected };
}

test("a result goes to the server that assigned the job, else to the first connected one of the list", () => {
  const { of, send, errors } = setUp("a:1", "b:2", "c:3");
  send("to b", "b:2");
  of("b").connected = false;
  send("to a", "b:2");
  of("a").connected = false;
  send("to c", "b:2");
  send("unknown server", "gone:9");
  expect([of("a").texts, of("b").texts, of("c").texts]).toEqual([
    ["to a"],
    ["to b"],
    ["to c", "unknown server"],
  ]);
  expect(errors).toEqual([]);
});

test("without any server it is refused at once", () => {
  const { choice, of, send, errors } = setUp("a:1");
  of("a").connected = false;
  expect(choice.connected).toBe(false);
  send("x", "a:1");
  expect(errors).toEqual([new Error("no job server can be reached")]);
});

test("every connect is reported", () => {
  const { connects, connected } = setUp("a:1", "b:2");
  for (const connect of connects) connect();
  expect(connected()).toBe(2);
});

test("a server that is spoken to with TLS from now on gets another connection", async () => {
  const { choice, of } = setUp("a:1");
  const a = of("a");
  const settings = settingsWith("a:1");
  const servers = settings.servers.map((server) => ({ ...server, tls: { caFile: "/ca" } }));
  await choice.reconfigure({ ...settings, servers }, false);
  expect([a.closed, of("a") === a]).toEqual([true, false]);
});

test("a new list keeps the connections that it contains and closes the others", async () => {
  const { choice, of } = setUp("a:1", "b:2");
  const [a, b] = [of("a"), of("b")];
  await choice.reconfigure(settingsWith("b:2", "c:3"), false);
  expect([a.closed, b.closed, of("b"), of("c").closed]).toEqual([true, false, b, false]);
  await choice.reconfigure(settingsWith("b:2", "c:3"), true);
  expect([b.closed, of("b") === b]).toEqual([true, false]);
  await choice.close();
  expect([of("b").closed, of("c").closed]).toEqual([true, true]);
});
