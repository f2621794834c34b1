// Speaks the protocol of the Perl server, runs any program, and fails in the ways that the names of plugins ask for:
//   node epn-stand-in.ts [-c] [-v] [-vv] SOCKET
// The environment variable STAND_IN says how it starts: `slow` waits for a file SOCKET.go, `never` is never ready,
// `fails` ends at once.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { basename } from "node:path";

interface Request {
  readonly bin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const path = process.argv.at(-1) ?? "";
const fault = process.env.STAND_IN;
const running = new Set<number>();

const escaped = (byte: string) => `\\u00${byte.charCodeAt(0).toString(16)}`;
const print = (fields: Record<string, unknown>) =>
  `${JSON.stringify(fields).replace(/[\x7f-\xff]/g, escaped)}\n`;
const result = (fields: Record<string, unknown> = {}) =>
  print({ compile_duration: 0, cpu_user: 0.25, forked: 1, rc: 0, run_duration: 0, stdout: "", ...fields });
/** Node's own strings are UTF-8; other bytes are for the real server. */
const fromBytes = (text: string) => Buffer.from(text, "latin1").toString();
const killSelf = () => process.kill(process.pid, "SIGKILL");

const faults: Record<string, (socket: Socket, request: Request) => void> = {
  silent: () => undefined,
  dies: killSelf,
  "dies-running": (socket, { args }) => {
    const child = spawn("/bin/sh", ["-c", args[0] ?? "sleep 60"], { detached: true, stdio: "ignore" });
    socket.write(print({ pid: child.pid }), killSelf);
  },
  rubbish: (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
  "no-object": (socket) => socket.write("[1]\n"),
  "init-pid": (socket) => socket.write(print({ pid: 1 })),
  "two-pids": (socket) => socket.write(print({ pid: 2 ** 30 }).repeat(2)),
  half: (socket) => socket.end(`${print({ pid: 2 ** 30 })}{"rc":0,"stdout":"OK`),
  "half-line": (socket) => socket.write('{"rc":0,"stdout":"OK'),
  closes: (socket) => socket.end(),
  huge: (socket) => flood(socket),
  wide: (socket) => socket.end('{"rc":0,"stdout":"\\u20ac"}\n'),
  refuses: (socket) =>
    socket.end(result({ rc: 3, stdout: "**ePN: invalid request: too long", error: "request" })),
  overload: (socket) => socket.end(result({ rc: 3, stdout: "**ePN: too many children", error: "overload" })),
  unsupported: (socket) => socket.end(result({ rc: 3, stdout: "**ePN: taint mode", error: "unsupported" })),
  compile: (socket) =>
    socket.end(
      result({ rc: 3, stdout: "**ePN: failed to compile /x: error at /x line 3.\n", error: "compile" }),
    ),
  "ends-in-begin": (socket) =>
    socket.end(result({ rc: 3, stdout: "**ePN: failed to compile /x: it ended", error: "compile" })),
  damaged: (socket) => socket.end(result({ stdout: "Attempt to free nonexistent shared string 'x'" })),
  crashed: (socket) => socket.end(result({ rc: 3, signal: 11 })),
  killed: (socket) => socket.end(result({ rc: 3, signal: 9, stdout: "so far" })),
  "own-timeout": (socket) => socket.end(result({ rc: 3, timedout: 1 })),
  complains: (socket, request) => {
    process.stderr.write("Fatal glibc error: for a test\n", () => run(socket, request));
  },
};

function flood(socket: Socket): void {
  socket.write('{"stdout":"');
  const chunk = "x".repeat(1024 * 1024);
  let left = 100;
  const more = () => {
    while (left-- > 0 && !socket.destroyed) if (!socket.write(chunk)) return;
  };
  socket.on("drain", more);
  more();
}

function run(socket: Socket, { bin, args, env }: Request): void {
  const merged: NodeJS.ProcessEnv = { ...process.env };
  for (const [name, value] of Object.entries(env)) merged[name] = fromBytes(value);
  const words = args.map(fromBytes);
  const child = spawn(bin, words, { detached: true, env: merged, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    output.stderr += text;
  });
  const { pid } = child;
  if (pid !== undefined) {
    running.add(pid);
    socket.write(print({ pid }));
    socket.on("close", () => running.has(pid) && process.kill(-pid, "SIGKILL")); // its result is not needed
  }
  child.on("error", () => socket.end(result({ rc: 3, stdout: "**ePN: failed to open", error: "open" })));
  child.on("close", (code, signal) => {
    running.delete(pid ?? 0);
    const signals: Record<string, number> = { SIGTERM: 15, SIGINT: 2, SIGKILL: 9 };
    socket.end(result({ rc: code ?? 3, signal: signals[signal ?? ""] ?? 0, ...output }));
    if (isDraining) end();
  });
}

let isDraining = false;
function end(): void {
  if (running.size > 0) return;
  server.close();
  process.exit(0);
}

const server = createServer((socket) => {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    text += chunk;
    if (!text.endsWith("\n")) return;
    const request = JSON.parse(text) as Request;
    (faults[basename(request.bin)] ?? run)(socket, request);
  });
});
process.on("SIGTERM", () => {
  isDraining = true;
  server.close();
  end();
});
process.on("SIGINT", () => {
  for (const pid of running) process.kill(-pid, "SIGKILL");
  process.exit(0);
});
process.stdin.on("end", () => process.kill(process.pid, "SIGINT")).resume();

const ready = () => server.listen(path, () => process.stdout.write("ready\n"));
if (fault === "fails") {
  process.stderr.write("Can't locate Something.pm in @INC\n");
  process.exitCode = 2;
  process.stdin.destroy();
} else if (fault === "slow") {
  process.stdout.write("waiting\n");
  const look = () => (existsSync(`${path}.go`) ? ready() : setTimeout(look, 5));
  look();
} else if (fault === "never") process.stdout.write("waiting\n");
else ready();
