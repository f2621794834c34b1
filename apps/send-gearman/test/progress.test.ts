// @module-tag slow
import { startOnTerminal, takingServer, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const LINE = "web-1\tsvc\t0\tfine\n";

test("a long list shows its progress on a terminal, and only there", async (context) => {
  const { address } = await takingServer(context);
  const { input, shown } = startOnTerminal(context, [
    ...sender.command,
    `--server=${address}`,
    "--encryption=no",
  ]);
  await waitFor("the progress", () => {
    input.write(LINE);
    return /\d+ lines read, \d+\/s/.test(shown()) || undefined;
  });
  input.end();
  await waitFor("the end", () => shown().includes(" data packet(s) sent to host successfully.") || undefined);
  const end = shown().search(/\d+ data packet/);
  expect(shown().slice(0, end).endsWith("\u001b[K")).toBe(true);

  const piped = await sender.run(context, [`--server=${address}`, "--encryption=no"], {
    stdin: Buffer.from(LINE.repeat(20_000)),
  });
  expect(piped).toEqual({
    code: 0,
    stdout: "20000 data packet(s) sent to host successfully.\n",
    stderr: "",
  });
});
