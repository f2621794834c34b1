import { expect, test } from "vitest";
import { ProtocolError } from "../src/index.ts";

test("an error contains at most twelve bytes, and its name", () => {
  const error = new ProtocolError("BAD_MAGIC", Buffer.from("GET / HTTP/1.1 with a secret"));
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe("ProtocolError");
  expect(error.headHex).toBe(Buffer.from("GET / HTTP/1").toString("hex"));
  expect(error.message).toBe(`BAD_MAGIC: message starts with ${error.headHex}`);
});

test("an error keeps its cause and may have no bytes", () => {
  const cause = new Error("socket");
  const error = new ProtocolError("BODY_TOO_LARGE", Buffer.alloc(0), { cause });
  expect(error.cause).toBe(cause);
  expect(error.message).toBe("BODY_TOO_LARGE: message starts with nothing");
});
