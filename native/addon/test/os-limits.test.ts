// @module-tag slow
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { loadAddon } from "../src/index.ts";

function addon() {
  const loaded = loadAddon();
  if ("reason" in loaded) throw new Error(loaded.reason);
  return loaded.addon;
}

async function accepted(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const [[socket]] = await Promise.all([
    once(server, "connection") as Promise<[Socket]>,
    once(connect((server.address() as AddressInfo).port, "127.0.0.1"), "connect").catch(() => undefined),
  ]);
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  return (socket as unknown as { _handle: { fd: number } })._handle.fd;
}

test("keep-alive: what is given is set, the rest is that of the system", async () => {
  const read = (name: string) => Number(readFileSync(`/proc/sys/net/ipv4/tcp_keepalive_${name}`, "latin1"));
  const system = { idleSeconds: read("time"), intervalSeconds: read("intvl"), count: read("probes") };
  const { setKeepAlive } = addon();
  expect(setKeepAlive(await accepted(), { idleSeconds: -1, intervalSeconds: -1, count: -1 })).toEqual(system);
  const wanted = { idleSeconds: 77, intervalSeconds: 7, count: 3 };
  expect(setKeepAlive(await accepted(), wanted)).toEqual(wanted);
  expect(setKeepAlive(-1, wanted)).toEqual({ error: "EBADF" });
});

test("open files: set in this process and its children", () => {
  const index = new URL("../src/index.ts", import.meta.url).href;
  const script = `const { addon } = (await import("${index}")).loadAddon();
    const problem = addon.setOpenFiles(333);
    const { execFileSync } = await import("node:child_process");
    process.stdout.write(String(problem) + " " + execFileSync("sh", ["-c", "ulimit -Sn"], { encoding: "utf8" }));`;
  const args = ["--conditions=source", "--input-type=module", "-e", script];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe("undefined 333\n");
  expect(addon().setOpenFiles(2 ** 40)).toBe("EPERM");
});
