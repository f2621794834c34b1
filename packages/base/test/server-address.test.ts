import { expect, test } from "vitest";
import { printAddress } from "../src/index.ts";

test.for([
  ["gearman.example", "gearman.example:4730"],
  ["10.0.0.1", "10.0.0.1:4730"],
  ["::1", "[::1]:4730"],
] as const)("the address of %s is printed as %s", ([host, text]) =>
  expect(printAddress({ host, port: 4730 })).toBe(text),
);
