import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { PageListener } from "../src/page-listener.ts";

function setup(refusals: Error[] = []) {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const listening: string[] = [];
  const serve = (address: string) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) return Promise.reject(refusal);
    listening.push(address);
    return Promise.resolve({
      address,
      host: undefined,
      port: 1,
      close: () => void listening.splice(listening.indexOf(address), 1),
    });
  };
  const listener = new PageListener({ clock, logger, what: "metrics", serve });
  return { clock, listener, lines: logger.lines, listening };
}

test("a reload changes the address of the metrics, and ends them", async () => {
  const { listener, listening } = setup();
  listener.use("a:1");
  await settle();
  listener.use("a:1");
  listener.use("b:2");
  await settle();
  expect(listening).toEqual(["b:2"]);
  listener.use(undefined);
  expect(listening).toEqual([]);
});

test("an address in use is retried, with one line in the log", async () => {
  const inUse = () => new Error("listen EADDRINUSE: address already in use a:1");
  const { clock, listener, lines, listening } = setup([inUse(), inUse()]);
  listener.use("a:1");
  await settle();
  expect(listening).toEqual([]);
  await clock.advance(20_000);
  expect(listening).toEqual(["a:1"]);
  expect(lines).toEqual([
    "error: metrics are not served at a:1: listen EADDRINUSE: address already in use a:1",
    "info: metrics are served at a:1",
  ]);
});

test("an invalid address is not retried; one that was removed in the meantime is not served", async () => {
  const { clock, listener, listening } = setup([new RangeError("x is not HOST:PORT")]);
  listener.use("x");
  await clock.advance(60_000);
  expect(listening).toEqual([]);
  listener.use("c:3");
  listener.close();
  await settle();
  expect(listening).toEqual([]);
});
