// @module-tag slow
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadAddon } from "../src/index.ts";

/** Prints what arrives at a unix datagram socket: one line for each. Node.js has no such sockets. */
const RECEIVER = `
use Socket;
$| = 1;
my $name = shift;
$name =~ s/^@/\\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die;
bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
print "listening\\n";
while (defined recv($socket, my $text, 4096, 0)) { $text =~ s/\\n/|/g; print "$text\\n"; }
`;

function notify(socket: string, text: string): string | undefined {
  const loaded = loadAddon();
  if ("reason" in loaded) throw new Error(loaded.reason);
  return loaded.addon.serviceNotify(socket, text);
}

test.each(["a path", "an abstract name"])("a text arrives at the socket with %s", async (kind) => {
  const folder = mkdtempSync(join(tmpdir(), "addon-notify-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socket = kind === "a path" ? join(folder, "notify") : `@${folder}/notify`;
  const receiver = spawn("perl", ["-e", RECEIVER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void receiver.kill("SIGKILL"));
  const read = async (): Promise<string> =>
    String(await once(receiver.stdout, "data").then(([data]) => data));
  expect(await read()).toBe("listening\n");
  expect(notify(socket, "READY=1\nSTATUS=höher")).toBeUndefined();
  expect(await read()).toBe("READY=1|STATUS=höher\n");
});

test.each([
  ["/nowhere/notify", "ENOENT"],
  ["vsock:2:1234", "EINVAL"],
  ["", "EINVAL"],
  ["/", "EINVAL"],
  [`/${"x".repeat(200)}`, "ENAMETOOLONG"],
  ["@mod-gearman-nobody-listens", "ECONNREFUSED"],
])("%s is %s", (socket, error) => {
  expect(notify(socket, "READY=1")).toBe(error);
});
