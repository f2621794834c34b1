import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { expect, type TestContext, test } from "vitest";
import { MemcachedDriver } from "../src/memcached-driver.ts";

const BUSY = "BUSY currently processing crawler request";

/** Starts a driver on a memcached with the item `c` whose crawler is busy for the first `busy` dumps. */
async function driverOnBusy(context: TestContext, busy: number, behindPort = "") {
  const requests: string[] = [];
  const server = createServer((socket) => {
    context.onTestFinished(() => void socket.destroy());
    createInterface({ input: socket }).on("line", (line) => {
      const isBusy = line.startsWith("lru_crawler") && requests.length < busy;
      requests.push(line);
      if (isBusy) socket.write(`${BUSY}\r\n`);
      else if (line.startsWith("lru_crawler")) socket.write("key=gear_f-c exp=-1 la=1 cas=1\r\nEND\r\n");
      else socket.write("VALUE gear_f-c 1 1\r\nw\r\nEND\r\n");
    });
  }).listen(0, "127.0.0.1");
  context.onTestFinished(() => void server.close());
  await once(server, "listening");
  const warnings: string[] = [];
  const pauses: number[] = [];
  const driver = new MemcachedDriver({
    servers: `127.0.0.1:${(server.address() as AddressInfo).port}${behindPort}`,
    prefix: "gear_",
    warn: (text) => warnings.push(text),
    pause: async (delayMs) => pauses.push(delayMs),
  });
  context.onTestFinished(() => driver.close());
  const keys: string[] = [];
  await driver.replay(({ key }) => keys.push(key));
  return { keys, warnings, pauses, requests };
}

test("a memcached that looks for expired items is asked again after a pause", async (context) => {
  const { keys, warnings, pauses, requests } = await driverOnBusy(context, 3);
  expect({ keys, warnings, pauses }).toEqual({ keys: ["c"], warnings: [], pauses: [100, 100, 100] });
  expect(requests.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => "lru_crawler metadump all"));
});

test("after 30 s of that the start goes on without the jobs from before, with a warning", async (context) => {
  const { keys, warnings, pauses } = await driverOnBusy(context, Number.POSITIVE_INFINITY);
  expect(keys).toEqual([]);
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(29_900);
  expect(warnings).toEqual([`libmemcached: jobs from before cannot be listed: ${BUSY}`]);
});

test.for([
  ["a weight", " 10", []],
  ["another option", " --prefix=x ", ["libmemcached-servers: '--prefix=x' is ignored"]],
] as const)("behind the port stands %s, as libmemcached allows", async ([, text, warnings], context) => {
  expect(await driverOnBusy(context, 0, text)).toMatchObject({ keys: ["c"], warnings });
});
