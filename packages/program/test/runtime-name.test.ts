import { expect, test } from "vitest";
import { runtimeName } from "../src/runtime-name.ts";

test("Node.js", () => expect(runtimeName({ node: "24.21.0" })).toBe("node v24.21.0"));
test("Bun, which also names the Node.js that it stands in for", () =>
  expect(runtimeName({ node: "26.3.0", bun: "1.4.5" })).toBe("bun 1.4.5"));
