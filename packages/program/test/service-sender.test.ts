import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import { serviceSender } from "../src/service-sender.ts";

test.each([
  [undefined, undefined],
  ["EAGAIN", undefined],
  ["ECONNREFUSED", "/run/n: ECONNREFUSED"],
])("the addon sends; %s of it is the problem %s", (error, problem) => {
  const sent: string[][] = [];
  let loads = 0;
  const send = serviceSender(() => {
    loads++;
    return {
      serviceNotify: (...text) => {
        sent.push(text);
        return error;
      },
    };
  });
  expect(loads).toBe(0);
  expect(send("/run/n", "READY=1")).toBe(problem);
  expect(send("/run/n", "WATCHDOG=1")).toBe(problem);
  expect(sent).toEqual([
    ["/run/n", "READY=1"],
    ["/run/n", "WATCHDOG=1"],
  ]);
  expect(loads).toBe(1);
});

test("without addon the tool sends; once that fails it is left alone", () => {
  const calls: unknown[] = [];
  const send = serviceSender(
    () => ({ reason: "no addon" }),
    (socket, assignments, onFailed) => {
      calls.push([socket, assignments]);
      onFailed();
    },
  );
  expect(send("/run/n", "READY=1\nSTATUS=a b")).toContain("NotifyAccess=all: no addon");
  expect(calls).toEqual([["/run/n", ["READY=1", "STATUS=a b"]]]);
  expect(send("/run/n", "WATCHDOG=1")).toBe("no systemd-notify either: no addon");
  expect(calls).toHaveLength(1);
});

test("the tool is systemd-notify, with the socket in its environment", async (context) => {
  const folder = tmpFolder(context);
  const tool = join(folder, "systemd-notify");
  writeFileSync(
    tool,
    `#!/bin/sh\nprintf '%s|' "$NOTIFY_SOCKET" "$@" >${folder}/new; mv ${folder}/new ${folder}/out\n`,
  );
  chmodSync(tool, 0o755);
  const { PATH } = process.env;
  process.env.PATH = `${folder}:${PATH}`;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  serviceSender(() => ({ reason: "no addon" }))("/run/n", "READY=1\nSTATUS=a b");
  await waitFor("the tool", () => existsSync(join(folder, "out")));
  expect(readFileSync(join(folder, "out"), "utf8")).toBe("/run/n|READY=1|STATUS=a b|");
});
