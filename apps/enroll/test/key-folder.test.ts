import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { makeKeyFolder } from "../src/key-folder.ts";

test("keys have a folder of their own, which only its owner may use; one that is there stays as it is", (context) => {
  const folder = tmpFolder(context);
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const path = makeKeyFolder(folder, owner);
  expect(path).toBe(join(folder, "keys"));
  expect(statSync(path)).toMatchObject({
    ...owner,
    mode: expect.toSatisfy((mode) => mode % 0o1000 === 0o700),
  });
  chmodSync(path, 0o750);
  expect(makeKeyFolder(folder, owner)).toBe(path);
  expect(statSync(path).mode & 0o777).toBe(0o750);
});

test("the units of the packages let a worker write there, and the bridge in its folder of tickets", () => {
  const units = join(import.meta.dirname, "../../../packaging/systemd");
  const writable = (unit: string) =>
    /^ReadWritePaths=(.*)$/m.exec(readFileSync(join(units, unit), "utf8"))?.[1];
  expect(existsSync(units)).toBe(true);
  expect(writable("mod-gearman-worker.service")).toBe("-/etc/mod-gearman/keys");
  expect(writable("mod-gearman-worker@.service")).toBe("-/etc/mod-gearman/keys");
  expect(writable("mod-gearman-bridge.service")).toBe("-/etc/mod-gearman/enroll");
});
