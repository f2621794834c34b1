import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { BriefSealer } from "../src/brief-sealer.ts";
import { createEnvelope } from "../src/envelope.ts";
import { keyFromFile } from "../src/key.ts";
import { base64, loadVectors } from "./vectors.ts";

interface EncryptRow {
  readonly name: string;
  readonly mode: string;
  readonly keyBase64?: string;
  readonly plaintext: string;
  readonly ciphertext: string;
  readonly upstreamFails?: boolean;
}

const captured = loadVectors<{ cases: EncryptRow[] }>("crypt-encrypt").cases;

describe("seals as the C suite", () => {
  test.for(captured.filter((row) => row.upstreamFails !== true))("$name", (row) => {
    const sealer = new BriefSealer(row.keyBase64 === undefined ? undefined : base64(row.keyBase64));
    expect(sealer.seal(base64(row.plaintext)).toString("latin1")).toBe(row.ciphertext);
  });
});

interface KeyFileRow {
  readonly file: string;
  readonly rc: number;
}

const keyFiles = loadVectors<{ cases: KeyFileRow[] }>("keyfile").cases.filter(({ rc }) => rc === 0);

test.for(keyFiles)("seals with the key of the file $file", ({ file }) => {
  const password = keyFromFile(base64(file));
  const text = Buffer.from("type=passive\n");
  expect(new BriefSealer(password).seal(text)).toEqual(createEnvelope({ mode: "on", password }).seal(text));
});

test("any passwords and texts, before and after the change to node:crypto: the payloads of the envelope", () => {
  const password = fc.uint8Array({ minLength: 1, maxLength: 40 }).filter(([first]) => first !== 0);
  const text = fc.uint8Array({ maxLength: 3000 });
  fc.assert(
    fc.property(password, fc.array(text, { maxLength: 5 }), (key, texts) => {
      const sealer = new BriefSealer(Buffer.from(key));
      const envelope = createEnvelope({ mode: "on", password: Buffer.from(key) });
      for (const one of texts) expect(sealer.seal(Buffer.from(one))).toEqual(envelope.seal(Buffer.from(one)));
    }),
  );
});

test.for([0, 1, 14, 15, 16, 17, 31, 32, 33, 4095, 4096, 4097, 100_000])("a text of %i bytes", (bytes) => {
  const password = Buffer.from("test1234");
  const text = Buffer.alloc(bytes, "x");
  const given = Buffer.from(text);
  const sealed = new BriefSealer(password).seal(given);
  expect(sealed.equals(createEnvelope({ mode: "on", password }).seal(text))).toBe(true);
  expect(given.equals(text)).toBe(true); // it is not encrypted in place
});

test("without a password: base64 only", () => {
  expect(new BriefSealer().seal(Buffer.from("type=passive")).toString()).toBe("dHlwZT1wYXNzaXZl");
});

test.for(["", "\0x"])("an empty password is refused: %j", (password) => {
  expect(() => new BriefSealer(Buffer.from(password))).toThrow(
    expect.objectContaining({ code: "EMPTY_KEY" }),
  );
});

test("node:crypto is loaded for long texts only", () => {
  const load = vi.spyOn(process, "getBuiltinModule");
  onTestFinished(() => load.mockRestore());
  const sealer = new BriefSealer(Buffer.from("k"));
  sealer.seal(Buffer.alloc(4000, "x"));
  expect(load).not.toHaveBeenCalled();
  sealer.seal(Buffer.alloc(4000, "x"));
  sealer.seal(Buffer.alloc(4000, "x"));
  expect(load.mock.calls).toEqual([["node:crypto"]]);
});
