import { nodeFiles } from "@mod-gearman/config";
import { loadModule } from "@mod-gearman/program";
import { expect, test } from "vitest";

import { settingsMessage, settingsProblem } from "../src/settings.ts";

const optionsOf = (...words: string[]) =>
  loadModule(["server=localhost", "encryption=no", ...words].join(" "), "/", nodeFiles).options;
const problemOf = (...words: string[]): string | undefined => settingsProblem(optionsOf(...words));

const names = (count: number, length: number): string =>
  Array.from({ length: count }, (_, at) => String(at).padStart(length, "g")).join(",");

test("thousands of groups are accepted", () => {
  expect(problemOf(`hostgroups=${names(6000, 20)}`, `localservicegroups=${names(4000, 20)}`)).toBeUndefined();
});

test("more than the module accepts are refused with their number", () => {
  expect(problemOf(`hostgroups=${names(6000, 5)}`, `servicegroups=${names(4001, 5)}`)).toMatch(
    / 10001 groups /,
  );
  expect(problemOf(`hostgroups=${names(9000, 60)}`)).toMatch(/ in 540000 bytes; /);
});

test("performance data: only where a queue is named, templates with their escapes replaced", () => {
  expect(settingsMessage(optionsOf("services=yes"))).not.toHaveProperty("perfdata");
  const message = settingsMessage(
    optionsOf("perfdata=yes", "perfdata_send_all=yes", "host_perfdata_template=H\\t$HOSTNAME$\\n\\x"),
  );
  expect(message).toMatchObject({
    perfdata: 1,
    perfdata_send_all: 1,
    host_perfdata_template: Buffer.from("H\t$HOSTNAME$\n\\x"),
  });
  expect(message.service_perfdata_template?.toString()).toMatch(
    /^DATATYPE::SERVICEPERFDATA\tTIMET::\$TIMET\$\t/,
  );
});

test("exports: the return code of the last rule of each callback, nothing for those without", () => {
  const message = settingsMessage(
    optionsOf("export=a:1:NEBCALLBACK_PROCESS_DATA,2", "export=b:-2:NEBCALLBACK_LOG_DATA", "export=c:3:7"),
  );
  expect(message).toMatchObject({ export_process: 1, export_log: -2 });
  expect(message.export_timed_event).toBeUndefined();
});
