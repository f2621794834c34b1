import { userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { type AskSystem, resolveRunAs } from "../src/run-as.ts";

const system: AskSystem = (program, args) => {
  const answers: Record<string, string> = {
    "id -u -- naemon": "998\n",
    "id -g -- naemon": "997\n",
    "id -G -- naemon": "997 27\n",
    "id -u -- odd": "what?\n",
    "getent group check": "check:x:555:naemon\n",
    "getent group odd": "odd\n",
  };
  const answer = answers[[program, ...args].join(" ")];
  if (answer === undefined) throw new Error("exit code 1");
  return answer;
};

describe("run_as", () => {
  test.for([
    ["naemon", { uid: 998, gid: 997, groups: [997, 27] }],
    ["naemon:check", { uid: 998, gid: 555, groups: [555] }],
    ["naemon:12", { uid: 998, gid: 12, groups: [12] }],
    ["1234:5", { uid: 1234, gid: 5, groups: [5] }],
  ] as const)("%s", ([text, identity]) => expect(resolveRunAs(text, 0, system)).toEqual(identity));

  test.for([
    ["nobody-here", "UNKNOWN_USER"],
    ["4711", "UNKNOWN_USER"],
    ["odd", "UNKNOWN_USER"],
    ["naemon:none", "UNKNOWN_GROUP"],
    ["naemon:odd", "UNKNOWN_GROUP"],
  ] as const)("%s: %s", ([text, code]) =>
    expect(() => resolveRunAs(text, 0, system)).toThrow(
      expect.objectContaining({ name: "RunAsError", code }),
    ),
  );

  test("needs root", () => {
    expect(() => resolveRunAs("naemon", 1000, system)).toThrow(expect.objectContaining({ code: "NOT_ROOT" }));
  });

  test("uses the real system", () => {
    const { username, uid, gid } = userInfo();
    expect(resolveRunAs(username, 0)).toMatchObject({ uid, gid, groups: expect.arrayContaining([gid]) });
    expect(() => resolveRunAs("no-such-user-anywhere", 0)).toThrow(
      expect.objectContaining({ code: "UNKNOWN_USER" }),
    );
  });
});
