import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type ReadTime, readFile } from "../src/read-file.ts";

function fileOf(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "file"), content);
  return join(folder, "file");
}

test.for([0, 1, 65_536, 65_537, 200_000])("a file of %i bytes is read completely", (length) =>
  expect(readFile(fileOf("x".repeat(length)))).toEqual(Buffer.from("x".repeat(length))),
);

test("reads up to the limit", () => {
  const path = fileOf("12345");
  expect(readFile(path, 5).toString()).toBe("12345");
  expect(() => readFile(path, 4)).toThrow(expect.objectContaining({ code: "EFBIG" }));
});

test("a missing file and a folder have the error codes of the system", () => {
  expect(() => readFile(join(tmpdir(), "surely", "not"))).toThrow(
    expect.objectContaining({ code: "ENOENT" }),
  );
  expect(() => readFile(tmpdir())).toThrow(expect.objectContaining({ code: "EISDIR" }));
});

/** A FIFO, the clock of a reader, and the action at each of its pauses. */
function fifo(onPause: (path: string, pauses: number) => void): {
  path: string;
  time: ReadTime;
  pauses: () => number;
} {
  const path = `${fileOf("")}.fifo`;
  execFileSync("mkfifo", [path]);
  let pauses = 0;
  let nowMs = 0;
  const time: ReadTime = {
    now: () => nowMs,
    pause: (milliseconds) => {
      nowMs += milliseconds;
      onPause(path, ++pauses);
    },
  };
  return { path, time, pauses: () => pauses };
}

test("a FIFO without a writer is abandoned after 2 s", () => {
  const { path, time, pauses } = fifo(() => undefined);
  expect(() => readFile(path, 10, time)).toThrow(
    expect.objectContaining({
      code: "ETIMEDOUT",
      message: `ETIMEDOUT: a FIFO that no process writes, read '${path}'`,
    }),
  );
  expect(pauses()).toBe(200);
});

test("a FIFO is read to its end, whenever its writer and its bytes arrive", () => {
  let writer = 0;
  const { path, time } = fifo((at, pauses) => {
    if (pauses === 100) writer = openSync(at, constants.O_WRONLY | constants.O_NONBLOCK);
    if (pauses === 1000) writeSync(writer, "server=");
    if (pauses === 2000) writeSync(writer, "a\n");
    if (pauses === 2999) closeSync(writer);
  });
  expect(readFile(path, 100, time).toString()).toBe("server=a\n");
});

test("a FIFO whose writer never ends is abandoned after 30 s", () => {
  const { path, time } = fifo((at, pauses) => {
    if (pauses !== 1) return;
    const writer = openSync(at, constants.O_WRONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(writer));
  });
  expect(() => readFile(path, 10, time)).toThrow("ETIMEDOUT: a pipe that does not end within 30 s, read '");
});

test.for(["server=a\n", ""])("a pipe without a name, as of <(program): %j", (text) => {
  const command = `exec "$1" -e 'import(process.argv[1]).then((m) => process.stdout.write(m.readFile(process.argv[2])))' "$2" <(printf %s "$3")`;
  const module = fileURLToPath(new URL("../src/read-file.ts", import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: "--conditions=source" };
  const args = ["-c", command, "bash", process.execPath, module, text];
  expect(execFileSync("bash", args, { env, encoding: "utf8" })).toBe(text);
});

test("a socket is refused", async () => {
  const path = `${fileOf("")}.socket`;
  const server = createServer().listen(path);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  expect(() => readFile(path)).toThrow("ENXIO: not a regular file but a socket, open '");
});
