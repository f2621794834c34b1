import { expect, test } from "vitest";
import { becomeUser, type UserWorld } from "../src/user.ts";

function worldOf(userId: number, id: (what: string) => string): UserWorld & { readonly calls: unknown[] } {
  const calls: unknown[] = [];
  return {
    calls,
    userId,
    run: (file, args) => {
      calls.push([file, ...args]);
      return id(args[0] ?? "");
    },
    setGroups: (groups) => calls.push(groups),
    setGroup: (group) => calls.push(`group ${group}`),
    setUser: (user) => calls.push(`user ${user}`),
  };
}

test("sets the groups first, the user last", () => {
  const world = worldOf(0, (what) => (what === "-u" ? "103\n" : "105\n"));
  becomeUser("gearman", world);
  expect(world.calls).toEqual([
    ["id", "-u", "--", "gearman"],
    ["id", "-g", "--", "gearman"],
    [105],
    "group 105",
    "user 103",
  ]);
});

test("requires root", () => {
  const world = worldOf(1000, () => "1\n");
  expect(() => becomeUser("gearman", world)).toThrow(expect.objectContaining({ code: "NOT_ROOT" }));
  expect(world.calls).toEqual([]);
});

test.for(["fails", "says nothing"])("an unknown user, when id %s", (how) => {
  const world = worldOf(0, () => {
    if (how === "fails") throw new Error("exit 1");
    return "";
  });
  expect(() => becomeUser("nobody-here", world)).toThrow(expect.objectContaining({ code: "UNKNOWN_USER" }));
  expect(world.calls).toHaveLength(1);
});
