import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

const { adapt, gzip } = await releaseScript<{
  adapt(text: string, places: { prefix: string; etc: string }): string;
  gzip(bytes: Buffer | string): Buffer;
}>("materialize");
const { fieldText } = await releaseScript<{ fieldText(text: string): string }>("copyright");
const { storePath } = await releaseScript<{ storePath(source: string): string | undefined }>("bundled");

test("texts of packaging/ name the places of another prefix", () => {
  const text =
    "ExecStart=/usr/bin/a --config=/etc/mod-gearman/b $X # /etc/passwd\nEnvironmentFile=/etc/default/c";
  expect(adapt(text, { prefix: "/opt/m", etc: "/opt/m/etc" })).toBe(
    "ExecStart=/opt/m/bin/a --config=/opt/m/etc/mod-gearman/b $X # /etc/passwd\nEnvironmentFile=/opt/m/etc/default/c",
  );
  expect(adapt(text, { prefix: "/usr", etc: "/etc" })).toBe(text);
});

test("packed files hold no time, name or system", () => {
  const packed = gzip("text");
  expect(packed.subarray(3, 8)).toEqual(Buffer.alloc(5)); // flags, time
  expect(packed[9]).toBe(255);
  expect(gunzipSync(packed).toString()).toBe("text");
});

test("a licence becomes the value of a field", () => expect(fieldText("a\n\n b\n")).toBe(" a\n .\n  b\n ."));

test("a source names the package of others that it belongs to", () => {
  const store = "../../../node_modules/.pnpm/@a+b@1.0.0_c@2.0.0/node_modules/@a/b/lib/x.js";
  expect(storePath(store)).toBe("node_modules/.pnpm/@a+b@1.0.0_c@2.0.0/node_modules/@a/b");
  expect(storePath("../../../packages/base/src/clock.ts")).toBeUndefined();
});
