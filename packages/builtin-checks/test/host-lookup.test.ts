import type { LookupAddress } from "node:dns";
import { expect, test } from "vitest";
import { HostLookup, type SystemLookup } from "../src/host-lookup.ts";

type Answer = Parameters<SystemLookup>[2];

function setUp() {
  const asked: { host: string; answer: Answer }[] = [];
  const names = new HostLookup((host, _, answer) => asked.push({ host, answer }));
  const results: string[] = [];
  const look = (host: string, signal = new AbortController().signal) =>
    names.for(signal)(host, { all: true }, (error, addresses) => {
      results.push(`${host} ${error?.code ?? (addresses as LookupAddress[])[0]?.address}`);
    });
  const hosts = () => asked.map(({ host }) => host);
  return { asked, names, results, look, hosts };
}
const found = (address: string): Parameters<Answer> => [null, [{ address, family: 4 }]];

test("at most two names at a time, each once", () => {
  const { asked, look, hosts, results } = setUp();
  for (const host of ["a", "b", "c", "a", "c"]) look(host);
  expect(hosts()).toEqual(["a", "b"]);
  asked[0]?.answer(...found("192.0.2.1"));
  expect(hosts()).toEqual(["a", "b", "c"]);
  asked[2]?.answer(...found("192.0.2.3"));
  expect(results).toEqual(["a 192.0.2.1", "a 192.0.2.1", "c 192.0.2.3", "c 192.0.2.3"]);
  look("a"); // no answer is cached
  expect(hosts()).toEqual(["a", "b", "c", "a"]);
});

test("errors reject all waiting calls", () => {
  const { asked, look, results } = setUp();
  look("a");
  look("a");
  asked[0]?.answer(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
  expect(results).toEqual(["a ENOTFOUND", "a ENOTFOUND"]);
});

test("a name that the resolver does not know rejects and does not end the process", async () => {
  const tooLong = "a".repeat(64); // of one label: refused before any server is asked
  const code = await new Promise((resolve) => {
    const { signal } = new AbortController();
    new HostLookup().for(signal)(tooLong, { all: true }, (error) => resolve(error?.code));
  });
  expect(code).toBe("ENOTFOUND");
});

test("names without waiting calls are skipped", () => {
  const { asked, look, hosts } = setUp();
  const stop = new AbortController();
  look("a");
  look("b");
  look("c", stop.signal);
  look("d");
  stop.abort();
  asked[0]?.answer(...found("192.0.2.1"));
  expect(hosts()).toEqual(["a", "b", "d"]);
});

test("the queue is bounded", () => {
  const { look, hosts, results } = setUp();
  for (let index = 0; index < 1003; index++) look(`h${index}`);
  expect(hosts()).toEqual(["h0", "h1"]);
  expect(results).toEqual(["h1002 EAI_AGAIN"]);
});

test("returns one address to callers that request one", () => {
  const { asked, names } = setUp();
  const got: unknown[] = [];
  names.for(new AbortController().signal)("a", {}, (...result) => got.push(result));
  asked[0]?.answer(...found("192.0.2.1"));
  expect(got).toEqual([[null, "192.0.2.1", 4]]);
});
