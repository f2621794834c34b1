import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../src/index.ts";

test("a free port is outside the range for outgoing connections, and can be listened on", async () => {
  const [lowest] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "latin1").split("\t").map(Number);
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(10_000);
  expect(port).toBeLessThan(lowest ?? 0);
  const server = createServer().listen(port, "127.0.0.1");
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  await new Promise((resolve) => server.close(resolve));
});
