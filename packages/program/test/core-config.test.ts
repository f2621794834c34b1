import { expect, test } from "vitest";
import { CoreConfig } from "../src/core-config.ts";

const text = `
# broker_module=/no.o
broker_module=/usr/lib/mod_gearman.o config=/etc/a b=c
  log_file = var/core.log
log_file=/var/log/core.log
command_file=rw/core.cmd
empty=
broker_module=/usr/lib/other.so
`;

test("the last value of a name counts, relative paths begin at the folder of the file", () => {
  const core = new CoreConfig("/etc/core/core.cfg", text);
  expect(core.get("log_file")).toBe("/var/log/core.log");
  expect(core.all("log_file")).toEqual(["var/core.log", "/var/log/core.log"]);
  expect(core.file("command_file")).toBe("/etc/core/rw/core.cmd");
  expect([core.file("empty"), core.file("none"), core.get("none")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("broker_module lines: file and the rest", () => {
  expect(new CoreConfig("/core.cfg", text).brokerLines).toEqual([
    { file: "/usr/lib/mod_gearman.o", args: "config=/etc/a b=c" },
    { file: "/usr/lib/other.so", args: "" },
  ]);
});
