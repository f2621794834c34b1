import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openFile, readRegularFile } from "../src/open-file.ts";

const { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY } = constants;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mod-gearman-base-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** Creates a file of that kind. */
async function make(kind: string): Promise<string> {
  const path = join(folder, kind);
  if (kind === "FIFO") execFileSync("mkfifo", [path]);
  else if (kind === "folder") mkdirSync(path);
  else if (kind === "link") {
    writeFileSync(join(folder, "target"), "text");
    symlinkSync("target", path);
  } else if (kind === "socket") {
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once("listening", resolve));
    onTestFinished(() => void server.close());
  } else if (kind !== "missing") writeFileSync(path, "text");
  return path;
}

describe("openFile", () => {
  test.for([
    ["FIFO", O_RDONLY, "EINVAL: not a regular file but a FIFO, open '"],
    ["FIFO", O_WRONLY, "ENXIO: a FIFO that no process reads, open '"],
    ["FIFO", O_WRONLY | O_APPEND | O_CREAT, "ENXIO: a FIFO that no process reads, open '"],
    ["folder", O_RDONLY, "EISDIR: illegal operation on a directory, open '"],
    ["folder", O_WRONLY, "EISDIR: "],
    ["socket", O_RDONLY, "ENXIO: not a regular file but a socket, open '"],
    ["link", O_RDONLY, "ELOOP: it is a symbolic link, open '"],
    ["missing", O_RDONLY, "ENOENT: no such file or directory, open '"],
  ] as const)("refuses a %s at once (flags %i): %s", async ([kind, flags, message]) => {
    const path = await make(kind);
    expect(() => openFile(path, flags, { links: "refuse" })).toThrow(
      expect.objectContaining({ code: message.split(":")[0], message: expect.stringContaining(message) }),
    );
  });

  test("refuses a device", () =>
    expect(() => openFile("/dev/null", O_RDONLY, { links: "follow" })).toThrow(
      "EINVAL: not a regular file but a character device, open '/dev/null'",
    ));

  test("follows a link if permitted", async () => {
    expect(readRegularFile(await make("link"), 10, { links: "follow" }).toString()).toBe("text");
  });

  test("a permitted FIFO blocks neither opening nor writing", async () => {
    const path = await make("FIFO");
    const reader = openFile(path, O_RDONLY, { links: "follow", also: ["FIFO"] });
    const writer = openFile(path, O_WRONLY, { links: "follow", also: ["FIFO"] });
    onTestFinished(() => [reader, writer].forEach(closeSync));
    const fill = () => {
      for (;;) writeSync(writer, Buffer.alloc(65_536));
    };
    expect(fill).toThrow(expect.objectContaining({ code: "EAGAIN" }));
  });

  test("creates a file with the given mode, private by default", () => {
    const flags = O_WRONLY | O_CREAT;
    closeSync(openFile(join(folder, "private"), flags, { links: "refuse" }));
    closeSync(openFile(join(folder, "public"), flags, { links: "refuse", mode: 0o644 }));
    const modes = ["private", "public"].map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o644 & ~process.umask()]);
  });

  test("closes a file that it refuses", async () => {
    const path = await make("FIFO");
    const before = openSync("/dev/null", "r");
    closeSync(before);
    expect(() => openFile(path, O_RDONLY, { links: "follow" })).toThrow();
    const after = openSync("/dev/null", "r");
    closeSync(after);
    expect(after).toBe(before);
  });
});

describe("readRegularFile", () => {
  test("reads up to the limit", async () => {
    const path = await make("file");
    expect(readRegularFile(path, 4, { links: "refuse" }).toString()).toBe("text");
    expect(() => readRegularFile(path, 3, { links: "refuse" })).toThrow(
      expect.objectContaining({ code: "EFBIG", message: `EFBIG: file longer than 3 bytes, open '${path}'` }),
    );
  });

  test("accepts names that are not UTF-8", async () => {
    expect(readRegularFile(Buffer.from(await make("file")), 4, { links: "refuse" }).toString()).toBe("text");
  });
});
