import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sampleFiles } from "../scripts/sample-file.ts";

const packaging = new URL("../../../packaging/", import.meta.url);

test.for(sampleFiles())("packaging/$name matches the schema", ({ name, text }) =>
  expect(readFileSync(new URL(name, packaging), "utf8")).toBe(text),
);

test.for(sampleFiles().filter(({ name }) => name.startsWith("etc/")))(
  "$name encrypts with the key of this machine and leaves no option out",
  ({ text }) => {
    const lines = text.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "server=localhost:4730",
        "encryption=yes",
        "keyfile=/etc/mod-gearman/secret.key",
        "services=yes",
        "#key=TEXT",
      ]),
    );
    expect(text).not.toMatch(/^(?:key|password)=/m);
  },
);

test.for(sampleFiles().filter(({ name }) => name.startsWith("examples/")))("$name sets nothing", ({ text }) =>
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]),
);
