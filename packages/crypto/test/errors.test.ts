import { expect, test } from "vitest";
import { CryptoError, createEnvelope } from "../src/index.ts";

test("an error contains its code and its cause", () => {
  const cause = new Error("read");
  const error = new CryptoError("EMPTY_KEY", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe("CryptoError");
  expect(error.message).toBe("EMPTY_KEY: the encryption key is empty");
  expect(error.cause).toBe(cause);
});

test("an error contains neither key nor payload", () => {
  const envelope = createEnvelope({ mode: "on", password: Buffer.from("the-secret") });
  try {
    envelope.open(Buffer.from("the-payload!"));
    expect.unreachable();
  } catch (error) {
    expect(JSON.stringify([String(error), error])).not.toMatch(/the-/);
  }
});
