import { expect, test } from "vitest";
import { refuseCommand } from "../src/restrict.ts";

const forbidden = Buffer.from("$&();<>`\"'|");
const NOT_ABSOLUTE = "ERROR: restricted paths in affect, but command does not start with an absolute path: ";
const CHARACTER = "ERROR: restricted paths in affect, but command contains forbidden character(s): ";
const OUTSIDE = "ERROR: command does not start with any of the restricted paths: ";

test.for<[string, string | undefined]>([
  ["/srv/plugins/ok.sh -H x", undefined],
  ["/srv/plugins/sub/ok.sh", undefined],
  ["/opt/one", undefined],
  ["/bin/echo hello world", `${OUTSIDE}/bin/ech...`],
  ["/srv/plugins2/x", `${OUTSIDE}/srv/plu...`],
  ["/opt/one2", `${OUTSIDE}/opt/one...`],
  ["/srv/plugins/../../bin/sh", `${OUTSIDE}/srv/plu...`],
  ["/srv//plugins/./ok.sh", undefined],
  ["/b", `${OUTSIDE}/b...`],
  ["echo x", `${NOT_ABSOLUTE}echo x...`],
  ["A=1 /srv/plugins/ok.sh", `${NOT_ABSOLUTE}A=1 /srv...`],
  ["/srv/plugins/ok.sh; id", `${CHARACTER}/srv/plu...`],
  ["/srv/plugins/ok.sh 'a'", `${CHARACTER}/srv/plu...`],
  ["/srv/plugins/ok.sh *", `${CHARACTER}/srv/plu...`], // needs a shell
  ["/srv/plugins/ok.sh #", `${CHARACTER}/srv/plu...`],
])("%s", ([line, refusal]) =>
  expect(refuseCommand(Buffer.from(line), ["/srv/plugins/", "/opt/one"], forbidden)?.toString()).toBe(
    refusal,
  ),
);

test("other forbidden characters", () =>
  expect(refuseCommand(Buffer.from("/srv/a b%"), ["/srv"], Buffer.from("%"))?.toString()).toBe(
    `${CHARACTER}/srv/a b...`,
  ));
test("the root allows every absolute path", () =>
  expect(refuseCommand(Buffer.from("/bin/x"), ["/"], forbidden)).toBeUndefined());
test("without restrict_path everything goes", () =>
  expect(refuseCommand(Buffer.from("x; y"), [], forbidden)).toBeUndefined());
