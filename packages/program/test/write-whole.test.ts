import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";

const source = new URL("../src/write-whole.ts", import.meta.url).href;
const BYTES = 1_000_000; // more than a pipe holds
const script = `import { writeWhole } from "${source}"; process.stdout.isTTY;
writeWhole(1, Buffer.alloc(${BYTES}, "x")); process.exit(7);`;

const started = () =>
  spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script]);

test("a pipe that is read slowly gets everything before the program ends", async () => {
  const child = started();
  let received = 0;
  child.stdout.on("data", async (chunk: Buffer) => {
    received += chunk.length;
    child.stdout.pause();
    await setImmediate();
    child.stdout.resume();
  });
  const [code] = await once(child, "close");
  expect({ code, received }).toEqual({ code: 7, received: BYTES });
});

test("a reader that has closed the pipe is no error", async () => {
  const child = started();
  child.stdout.destroy();
  expect((await once(child, "close"))[0]).toBe(7);
});
