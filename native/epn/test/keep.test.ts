// @module-tag slow
import { once } from "node:events";
import type { Socket } from "node:net";
import { type TestContext, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { type EpnServer, isRunning, lastLine, pidLine, startEpn } from "./epn-server.ts";

// Connections that stay open for the next request.

interface Kept {
  readonly socket: Socket;
  /** Sends a request and reads its answer, whether or not the connection stays open. */
  ask(fields: object): Promise<string>;
  readonly closed: Promise<unknown>;
}

async function keptConnection(context: TestContext, server: EpnServer): Promise<Kept> {
  const socket = await server.connect();
  context.onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  const ask = async (fields: object): Promise<string> => {
    text = "";
    socket.write(`${JSON.stringify({ env: {}, protocol: 2, keep: true, timeout: 600, ...fields })}\n`);
    await waitFor("answer", () => /"rc":[^\n]*\n$/.test(text));
    return text;
  };
  return { socket, ask, closed: once(socket, "close") };
}

test("serves one request after the other, also for different plugins", async (context) => {
  const server = await startEpn(context);
  const { ask } = await keptConnection(context, server);
  const echo = server.plugin("echo.pl", "print @ARGV; exit 1;");
  const dies = server.plugin("dies.pl", "kill KILL => $$; sleep 60;");
  for (let i = 0; i < 20; i++) {
    const answer = await ask({ bin: echo, args: [`${i}`] });
    expect(lastLine(answer)).toMatchObject({ rc: 1, stdout: `${i}`, keep: 1 });
    expect(pidLine(answer)).toBeGreaterThan(1);
    if (i % 5 === 0) expect(lastLine(await ask({ bin: dies }))).toMatchObject({ signal: 9, keep: 1 });
  }
});

test("a longer run sends its pid first, each time", async (context) => {
  const server = await startEpn(context);
  const { ask } = await keptConnection(context, server);
  const bin = server.plugin("slow.pl", "select undef, undef, undef, 0.3; print $$; exit 0;");
  for (let i = 0; i < 2; i++) {
    const answer = await ask({ bin });
    expect(answer.match(/"pid"/g)).toHaveLength(1);
    expect(lastLine(answer).stdout).toBe(`${pidLine(answer)}`);
  }
});

test.for([
  ["what is not run", (server: EpnServer) => ({ bin: `${server.folder}/none.pl` })],
  [
    "a request that does not ask for it",
    (server: EpnServer) => ({ bin: server.plugin("x.pl", "exit 0;"), keep: false }),
  ],
] as const)("the connection ends after %s", async ([, fields], context) => {
  const server = await startEpn(context);
  const { ask, closed } = await keptConnection(context, server);
  expect(lastLine(await ask(fields(server)))).not.toHaveProperty("keep");
  await closed;
});

test("SIGTERM ends the server although connections are idle", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("x.pl", "exit 0;");
  const kept = await Promise.all([1, 2, 3].map(() => keptConnection(context, server)));
  for (const { ask } of kept) await ask({ bin });
  server.process.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  for (const { closed } of kept) await closed;
});

test("a client that disconnects during its second request ends that plugin", async (context) => {
  const server = await startEpn(context);
  const { ask, socket } = await keptConnection(context, server);
  await ask({ bin: server.plugin("x.pl", "exit 0;") });
  const bin = server.plugin("sleeps.pl", "sleep 600; exit 0;");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.write(`${JSON.stringify({ bin, env: {}, protocol: 2, keep: true, timeout: 600 })}\n`);
  const pid = pidLine(await waitFor("pid line", () => text.includes("\n") && text));
  socket.destroy();
  await waitFor("end of the plugin", () => !isRunning(pid));
});

test("an idle connection does not count against the limit of slow requests", async (context) => {
  const server = await startEpn(context);
  const { ask, socket } = await keptConnection(context, server);
  const bin = server.plugin("x.pl", "print 'x'; exit 0;");
  await ask({ bin });
  socket.write('{"bin":');
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await waitFor("end of its patience", () => text.includes("not received in time"));
  expect(await server.run({ bin })).toMatchObject({ stdout: "x" });
});
