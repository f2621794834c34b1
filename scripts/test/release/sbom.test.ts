import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}
interface Bom {
  readonly serialNumber: string;
  readonly components: readonly { "bom-ref": string }[];
  readonly dependencies: readonly { ref: string; dependsOn: string[] }[];
}
const { bom } = await releaseScript<{
  bom(version: string, epoch: number, bundled: Record<string, Bundled[]>): Bom;
}>("sbom");

const inside: Bundled = { name: "@a/b", version: "1.0.0", license: "MIT" };
const other: Bundled = { name: "c", version: "2.0.0", license: "MIT OR Apache-2.0" };
const made = (version = "0.1.0") => bom(version, 1_000_000, { first: [inside], second: [inside, other] });

test("the list of materials fits the schema of CycloneDX 1.6", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(JSON.stringify(made()))).toBeNull();
});

test("a package that two programs contain is listed once, and both depend on it", () => {
  const { components, dependencies } = made();
  const ref = "pkg:npm/%40a/b@1.0.0";
  expect(components.filter((one) => one["bom-ref"] === ref)).toHaveLength(1);
  expect(dependencies.filter(({ dependsOn }) => dependsOn.includes(ref)).map((one) => one.ref)).toEqual([
    "mod-gearman-ts/first",
    "mod-gearman-ts/second",
  ]);
});

test("every dependency is a component", () => {
  const { components, dependencies } = made();
  const refs = components.map((one) => one["bom-ref"]);
  for (const { dependsOn } of dependencies) expect(refs).toEqual(expect.arrayContaining(dependsOn));
});

test("the serial number depends on nothing but the content", () => {
  expect(made().serialNumber).toBe(made().serialNumber);
  expect(made("0.2.0").serialNumber).not.toBe(made().serialNumber);
});
