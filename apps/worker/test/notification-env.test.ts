import { parseJob } from "@mod-gearman/payload";
import { expect, test } from "vitest";
import { notificationEnv } from "../src/notification-env.ts";

const env = (text: string) =>
  Object.fromEntries(
    Object.entries(notificationEnv(parseJob(Buffer.from(text, "latin1")))).map(([name, value]) => [
      name,
      value.toString("latin1"),
    ]),
  );

test("with a service only its pair", () =>
  expect(
    env(
      "type=notification\ncommand_line=x\nservice_description=s\nplugin_output=\xfco\nlong_plugin_output=l\n",
    ),
  ).toEqual({
    NAGIOS_SERVICEOUTPUT: "\xfco",
    NAGIOS_LONGSERVICEOUTPUT: "l",
  }));
test("missing texts are empty", () =>
  expect(env("type=notification\ncommand_line=x\nplugin_output=o\n")).toEqual({
    NAGIOS_SERVICEOUTPUT: "o",
    NAGIOS_LONGSERVICEOUTPUT: "",
    NAGIOS_HOSTOUTPUT: "o",
    NAGIOS_LONGHOSTOUTPUT: "",
  }));
test("a text that the core does not have is empty, not the (null) of the C module", () =>
  expect(
    env(
      "type=notification\ncommand_line=x\nservice_description=s\nplugin_output=(null)\nlong_plugin_output=(null)\n",
    ),
  ).toEqual({ NAGIOS_SERVICEOUTPUT: "", NAGIOS_LONGSERVICEOUTPUT: "" }));
test("other jobs have none", () =>
  expect(env("type=service\ncommand_line=x\nplugin_output=o\n")).toEqual({}));
test("a text above the limit of the kernel is cut", () => {
  const value = env(`type=notification\ncommand_line=x\nplugin_output=${"o".repeat(200_000)}\n`);
  expect(value.NAGIOS_HOSTOUTPUT?.length).toBeLessThan(128 * 1024 - "NAGIOS_LONGSERVICEOUTPUT=".length);
});
