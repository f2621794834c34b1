// @module-tag slow
import { createServer } from "node:net";
import { type FakeScript, freePort, loadVectors } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { listening, timeless, top } from "./built-program.ts";

interface Vector {
  readonly name: string;
  readonly args: string[];
  /** Base64. */
  readonly replyParts: string[];
  readonly request: string;
  readonly exitCode: number;
  readonly stdout: string;
}

/** Where the decisions of tools.md 8 require another text than the C program printed. */
const DECISIONS: Record<string, { readonly why: string; readonly change: (stdout: string) => string }> = {
  "top-version-late": {
    why: "T1: the answer is read up to the version line, not with a single read",
    change: (stdout) => stdout.replace("<server>\n", "<server>  -  v1.1.20\n"),
  },
  "top-two-servers": {
    why: "T6: a server that is down does not show the version of another one",
    change: (stdout) => stdout.replace("<closed>  -  v1.1.20", "<closed>"),
  },
};

const { cases } = loadVectors<{ cases: Vector[] }>("gearman_top");

/** Sends the captured parts, each in its own write, when the request is complete. */
function replay(parts: readonly string[]): FakeScript {
  return {
    onLine: (line, peer) => {
      if (line !== "version") return;
      const send = ([part, ...rest]: readonly string[]) => {
        if (part === undefined) return;
        peer.sendBytes(Buffer.from(part, "base64"));
        setImmediate(send, rest);
      };
      send(parts);
    },
  };
}

test("every decision belongs to a capture", () => {
  const names = cases.map((one) => one.name);
  expect(Object.keys(DECISIONS).filter((name) => !names.includes(name))).toEqual([]);
});

test.for(cases)("$name", async ({ name, args, replyParts, request, exitCode, stdout }, context) => {
  const { server, address } = await listening(context, replay(replyParts));
  const closedPort = await freePort();
  const words = args.map((arg) =>
    arg.replace("<server>", address).replace("<closed>", `127.0.0.1:${closedPort}`),
  );
  const ended = await top.run(context, words);
  const expected = (DECISIONS[name]?.change(stdout) ?? stdout)
    .replaceAll("<server>", address)
    .replaceAll("<closed>", `127.0.0.1:${closedPort}`)
    .replaceAll("<closed-host>", "127.0.0.1")
    .replaceAll("<closed-port>", String(closedPort));
  expect({ ...ended, stdout: timeless(ended.stdout) }).toEqual({
    code: exitCode,
    stdout: expected,
    stderr: "",
  });
  expect(server.connections.map((one) => one.lines.map((line) => `${line}\n`).join(""))).toEqual(
    request === "" ? [] : [request],
  );
});

test("the time is local", async (context) => {
  const env = { TZ: "Asia/Tokyo" };
  const { ended } = top.start(context, ["-b", "-H", `127.0.0.1:${await freePort()}`], { env });
  const before = Date.now();
  const { stdout } = await ended;
  const shown = Date.parse(`${stdout.slice(0, 19).replace(" ", "T")}+09:00`);
  expect(shown).toBeGreaterThan(before - 60_000);
  expect(shown).toBeLessThanOrEqual(Date.now());
});

test("status and version are requested in one write (tools.md 1)", async (context) => {
  const chunks: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      chunks.push(String(chunk));
      socket.write("a\t0\t0\t1\n.\nOK 2\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.onTestFinished(() => void server.close());
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  await top.run(context, ["-b", "-H", `127.0.0.1:${port}`]);
  expect(chunks).toEqual(["status\nversion\n"]);
});
