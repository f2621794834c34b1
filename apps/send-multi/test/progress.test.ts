// @module-tag slow
import { startOnTerminal, takingServer, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const CHILD =
  "<CHILD>\n<no>1</no>\n<name>svc</name>\n<rc>0</rc>\n<runtime>0.1</runtime>\n<output>fine</output>\n<error></error>\n</CHILD>\n";

test("a long input shows its progress on a terminal, and only there", async (context) => {
  const { address } = await takingServer(context);
  const { input, shown } = startOnTerminal(context, [
    ...sender.command,
    `--server=${address}`,
    "--encryption=no",
    "--host=web",
  ]);
  await waitFor("the progress", () => {
    input.write(CHILD);
    return /\d+ children read, \d+\/s/.test(shown()) || undefined;
  });
  input.end();
  await waitFor("the end", () => /send_multi OK: \d+ check_multi child/.test(shown()) || undefined);
  const end = shown().search("send_multi OK");
  expect(shown().slice(0, end).endsWith("\u001b[K")).toBe(true);

  const piped = await sender.run(context, [`--server=${address}`, "--encryption=no", "--host=web"], {
    stdin: Buffer.from(CHILD.repeat(5000)),
  });
  expect(piped).toEqual({
    code: 0,
    stdout: "send_multi OK: 5000 check_multi child checks submitted\n",
    stderr: "",
  });
});
