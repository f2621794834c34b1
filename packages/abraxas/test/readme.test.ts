import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { FakeJobServer } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import * as abraxasPackage from "../src/index.ts";

test("the example in the README prints the output shown there", async (context) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /\n\/\/ (.*)\n$/.exec(example)?.[1];
  const server = new FakeJobServer({
    onPacket: (packet, peer) => {
      if (packet.name === "OPTION_REQ") peer.send({ name: "OPTION_RES", option: packet.option });
      if (packet.name === "SUBMIT_JOB_BG")
        peer.send({ name: "JOB_CREATED", handle: Buffer.from("H:1", "latin1") });
    },
  });
  context.onTestFinished(() => server.close());
  const { host, port } = await server.listen();
  const body = example
    .replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = abraxasPackage;")
    .replace('{ host: "localhost", port: 4730 }', JSON.stringify({ host, port }));
  const lines: string[] = [];
  const source = `return ${stripTypeScriptTypes(`(async () => {${body}})()`)}`;
  const run = new Function("abraxasPackage", "console", source);
  await run(abraxasPackage, { log: (line: string) => lines.push(line) });
  expect(promised).toBe("submitted as H:1");
  expect(lines).toEqual([promised]);
});
