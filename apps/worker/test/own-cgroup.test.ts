import { expect, test } from "vitest";
import { findCgroup } from "../src/own-cgroup.ts";
import { cgroupProc, FakeCgroups, UNIT } from "./fake-cgroups.ts";

function find(files: Record<string, string>, world = new FakeCgroups()) {
  return findCgroup((name) => files[name], world);
}

const UNIFIED = "31 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

test("the cgroup of this process, at its mount point", () => {
  expect(find(cgroupProc())).toEqual({ folder: UNIT });
  const hybrid = `4:memory:/elsewhere\n1:name=systemd:/x\n0::/system.slice/worker.service\n`;
  expect(find({ ...cgroupProc(), "self/cgroup": hybrid })).toEqual({ folder: UNIT });
});

test("a mount of a part of the tree, at a path with a blank", () => {
  const world = new FakeCgroups();
  world.makeFolder("/my groups/worker");
  const files = {
    "self/cgroup": "0::/pod/box/worker\n",
    "self/mountinfo":
      "30 23 0:27 /pod/bo /wrong rw - cgroup2 cgroup2 rw\n" +
      "31 23 0:27 /pod/box /my\\040groups rw - cgroup2 cgroup2 rw\n",
  };
  expect(find(files, world)).toEqual({ folder: "/my groups/worker" });
  world.makeFolder("/my groups");
  expect(find({ ...files, "self/cgroup": "0::/pod/box\n" }, world)).toEqual({ folder: "/my groups" });
});

test.for([
  ["no /proc", {}, "this process has none"],
  ["v1 only", { "self/cgroup": "4:memory:/worker\n", "self/mountinfo": UNIFIED }, "this process has none"],
  ["not mounted", { "self/cgroup": "0::/a\n", "self/mountinfo": "" }, "/a is not mounted"],
  ["outside", { "self/cgroup": "0::/../a\n", "self/mountinfo": UNIFIED }, "/../a is not mounted"],
  ["the root", { "self/cgroup": "0::/\n", "self/mountinfo": UNIFIED }, "/sys/fs/cgroup is the root"],
  ["not there", { "self/cgroup": "0::/gone\n", "self/mountinfo": UNIFIED }, "ENOENT: /sys/fs/cgroup/gone"],
] as const)("none: %s", ([, files, reason]) => {
  expect(find(files)).toEqual({ reason });
});

test("none: without the memory controller, or not delegated", () => {
  const world = new FakeCgroups();
  world.controllers = "cpu pids";
  expect(find(cgroupProc(), world)).toEqual({ reason: `${UNIT} has no memory controller` });
  world.controllers = "memory";
  for (const file of ["", "/cgroup.procs", "/cgroup.subtree_control"]) {
    world.readOnly = [`${UNIT}${file}`];
    expect(find(cgroupProc(), world)).toEqual({ reason: `${UNIT} cannot be written` });
  }
});
