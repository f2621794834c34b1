import { expect, test } from "vitest";
import { connectionsFor, openFilesLimit } from "../src/open-files.ts";

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             7823                 7823                 processes
Max open files            1024                 524288               files
`;

test("the soft limit of open files", () => {
  expect(openFilesLimit(LIMITS)).toBe(1024);
  expect(openFilesLimit(LIMITS.replace("1024", "unlimited"))).toBeUndefined();
  expect(openFilesLimit(undefined)).toBeUndefined();
});

test.for([
  [100, 1024, 68],
  [5000, 1024, 992],
  [5000, undefined, 4968],
  [1, 1024, 1],
  [undefined, 1024, 992],
  [undefined, undefined, undefined],
] as const)("wish %s, limit %s: %s connections", ([wanted, limit, connections]) =>
  expect(connectionsFor(wanted, limit)).toBe(connections),
);
