import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../src/base64.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The rules of wire-format.md 3.1, implemented bit by bit. Undefined: malformed. */
function reference(payload: Buffer): Buffer | undefined {
  const text = payload
    .toString("latin1")
    .replace(/^[ \t]+/, "")
    .replace(/[ \t\r\n-]+$/, "");
  return bitByBit(text) ?? bitByBit(text.split("\n").join(""));
}

function bitByBit(text: string): Buffer | undefined {
  if (text.length % 4 !== 0) return undefined;
  let bits = "";
  for (const character of text) {
    const value = character === "=" ? 0 : ALPHABET.indexOf(character);
    if (value === -1) return undefined;
    bits += value.toString(2).padStart(6, "0");
  }
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

function decodeOrUndefined(payload: Buffer): Buffer | undefined {
  try {
    return decodeBase64(payload);
  } catch (error) {
    expect(error).toMatchObject({ name: "CryptoError", code: "MALFORMED_BASE64" });
    return undefined;
  }
}

const nearly = fc
  .array(
    fc.constantFrom(
      ...ALPHABET.slice(0, 8),
      "/",
      "+",
      "=",
      "\n",
      "\n",
      " ",
      "\t",
      "\r",
      "-",
      "_",
      "\xff",
      "\0",
    ),
    {
      maxLength: 24,
    },
  )
  .map((characters) => Buffer.from(characters.join(""), "latin1"));
const noise = fc.uint8Array({ maxLength: 24 }).map((array) => Buffer.from(array));

test("decodes exactly the payloads that the rules accept", { tags: "fuzz" }, () => {
  fc.assert(
    fc.property(fc.oneof(nearly, noise), (payload) => {
      expect(decodeOrUndefined(payload)).toEqual(reference(payload));
    }),
    { numRuns: 5000 },
  );
});

describe.for([
  ["", ""],
  ["QUJD", "414243"],
  ["QQ==", "410000"],
  ["QR==", "411000"],
  ["QUI=QQ==", "414200410000"],
  ["====", "000000"],
  [" \tQUJD \t\r\n--\n", "414243"],
  ["\nQUJD", "414243"],
  ["QU\nJD\nQUJD", "414243414243"],
] as const)("%j", ([payload, hex]) => {
  test(`is ${hex || "nothing"}`, () => expect(decodeBase64(Buffer.from(payload)).toString("hex")).toBe(hex));
});

test.for(["Q", "QQ", "QQ=", "QU JD", "QU\tJD", "QU\r\nJD", "QU-_", "Q\xfcJD", "\rQUJD", "type=host"])(
  "%j is malformed",
  (payload) => {
    expect(() => decodeBase64(Buffer.from(payload, "latin1"))).toThrow(
      expect.objectContaining({ code: "MALFORMED_BASE64" }),
    );
  },
);

test("encoded bytes are decoded unchanged, padded with NUL to whole groups", () => {
  fc.assert(
    fc.property(noise, (bytes) => {
      const decoded = decodeBase64(encodeBase64(bytes));
      expect(decoded.subarray(0, bytes.length)).toEqual(bytes);
      expect(decoded.subarray(bytes.length).every((byte) => byte === 0)).toBe(true);
    }),
  );
});
