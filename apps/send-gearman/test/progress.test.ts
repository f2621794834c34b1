// @module-tag slow
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { takingServer, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const LINE = "web-1\tsvc\t0\tfine\n";

test("a long list shows its progress on a terminal, and only there", async (context) => {
  const { address } = await takingServer(context);
  const fifo = join(tmpFolder(context), "list");
  execFileSync("mkfifo", [fifo]);
  const words = [...sender.command, `--server=${address}`, "--encryption=no"];
  const program = words.map((word) => `'${word}'`).join(" ");
  // standard error is a terminal that script makes, standard output is not
  const child = spawn("script", ["-qefc", `${program} <'${fifo}' | cat`, "/dev/null"]);
  context.onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
  const list = createWriteStream(fifo);
  await waitFor("the progress", () => {
    list.write(LINE);
    return /\d+ lines read, \d+\/s/.test(shown) || undefined;
  });
  list.end();
  await waitFor("the end", () => shown.includes(" data packet(s) sent to host successfully.") || undefined);
  const end = shown.search(/\d+ data packet/);
  expect(shown.slice(0, end).endsWith("\u001b[K")).toBe(true);

  const piped = await sender.run(context, [`--server=${address}`, "--encryption=no"], {
    stdin: Buffer.from(LINE.repeat(20_000)),
  });
  expect(piped).toEqual({
    code: 0,
    stdout: "20000 data packet(s) sent to host successfully.\n",
    stderr: "",
  });
});
