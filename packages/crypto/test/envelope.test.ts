import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEnvelope, type Envelope, type ReceiverMode } from "../src/index.ts";
import { base64, loadVectors } from "./vectors.ts";

/** Modes as the captures call them. */
const modes: Record<string, ReceiverMode> = { aes: "on", base64: "off", "accept-all": "accept-clear" };

function envelopeFor(row: { mode: string; keyBase64?: string }): Envelope {
  const mode = modes[row.mode] as ReceiverMode;
  return createEnvelope(row.keyBase64 === undefined ? { mode } : { mode, password: base64(row.keyBase64) });
}

interface EncryptRow {
  readonly name: string;
  readonly mode: string;
  readonly keyBase64?: string;
  readonly plaintext: string;
  readonly ciphertext: string | null;
  readonly upstreamFails?: boolean;
}

const encryptRows = loadVectors<{ cases: EncryptRow[] }>("crypt-encrypt").cases;

describe("seals as the C suite", () => {
  test.for(encryptRows.filter((row) => row.upstreamFails !== true))("$name", (row) => {
    const envelope = envelopeFor(row);
    const text = base64(row.plaintext);
    const payload = envelope.seal(text);
    expect(payload.toString("latin1")).toBe(row.ciphertext);
    expect(envelope.open(payload)).toEqual(text);
  });

  // 0, 1, 3 and 7 bytes: the C function refuses them; the formula for all other lengths applies
  test.for(encryptRows.filter((row) => row.upstreamFails === true))("$name, where upstream fails", (row) => {
    const envelope = envelopeFor(row);
    const payload = envelope.seal(base64(row.plaintext));
    expect(payload).toHaveLength(24);
    expect(envelope.open(payload)).toEqual(base64(row.plaintext));
  });
});

test.for([
  [15, 16],
  [16, 32],
  [17, 32],
  [31, 48],
  [32, 48],
  [33, 48],
  [47, 64],
  [48, 64],
] as const)("a text of %d bytes becomes %d bytes of cipher text", ([length, sealed]) => {
  const payload = createEnvelope({ mode: "on", password: Buffer.from("test1234") }).seal(
    Buffer.alloc(length, 0x61),
  );
  expect(base64(payload.toString("latin1"))).toHaveLength(sealed);
});

interface DecryptRow {
  readonly name: string;
  readonly mode: string;
  readonly keyBase64?: string;
  readonly input: string;
  readonly rc: number;
  readonly plaintext: string | null;
  readonly upstreamTailUndefined?: boolean;
}

const decryptRows = loadVectors<{ cases: DecryptRow[] }>("crypt-decrypt").cases;
/** Rows that C accepts without any block to decrypt; its text is uninitialised memory. */
const isNothing = (row: DecryptRow) => row.upstreamTailUndefined === true && row.plaintext === "";

describe("opens as the C suite", () => {
  test.for(decryptRows.filter((row) => row.rc === 1 && !isNothing(row)))("$name", (row) => {
    expect(envelopeFor(row).open(base64(row.input)).toString("base64")).toBe(row.plaintext);
  });

  test.for(decryptRows.filter((row) => row.rc === -1))("$name is refused", (row) => {
    expect(() => envelopeFor(row).open(base64(row.input))).toThrow(
      expect.objectContaining({ code: "MALFORMED_BASE64" }),
    );
  });

  test.for(decryptRows.filter(isNothing))("$name is refused, where upstream reads memory", (row) => {
    const code = row.name.includes("bytes") ? "TOO_SHORT" : "EMPTY";
    expect(() => envelopeFor(row).open(base64(row.input))).toThrow(expect.objectContaining({ code }));
  });

  test("every row is in one of the three tables", () => {
    const accepted = decryptRows.filter((row) => row.rc === 1 && !isNothing(row)).length;
    expect(accepted).toBe(31);
    expect(decryptRows.filter((row) => row.rc === -1)).toHaveLength(11);
    expect(decryptRows.filter(isNothing)).toHaveLength(3);
  });
});

interface JobRow {
  readonly run: "r1" | "r2";
  readonly kind: string;
  readonly queue: string;
  readonly payload: string;
  readonly plaintext: string;
}

test("every job of the module is sealed and opened byte for byte, with one envelope for all", () => {
  const rows = loadVectors<{ cases: JobRow[] }>("neb-jobs").cases;
  const envelopes = {
    r1: createEnvelope({ mode: "on", password: Buffer.from("should_be_changed") }),
    r2: createEnvelope({ mode: "off" }),
  };
  expect(rows.length).toBeGreaterThan(200);
  for (const { run, payload, plaintext } of rows) {
    expect(envelopes[run].seal(base64(plaintext)).toString("latin1")).toBe(payload);
    expect(envelopes[run].open(Buffer.from(payload, "latin1"))).toEqual(base64(plaintext));
  }
});

interface SenderRow {
  readonly key: string | null;
  readonly jobs: { payload: string; plaintext: string }[];
}

test("payloads of the perl sender (wrapped at 76, blocks of 32) are opened", () => {
  const rows = loadVectors<{ cases: SenderRow[] }>("send_gearman_perl").cases.filter(
    (row) => row.jobs.length > 0,
  );
  expect(rows.length).toBeGreaterThan(3);
  for (const { key, jobs } of rows) {
    const mode = key === null ? "off" : "on";
    const envelope = createEnvelope({ mode, ...(key === null ? {} : { password: Buffer.from(key) }) });
    for (const job of jobs)
      expect(envelope.open(Buffer.from(job.payload, "latin1"))).toEqual(base64(job.plaintext));
  }
});

test("text padded with LF and without NUL, as the Go worker sends it, keeps the LFs", () => {
  // the example of worker.md 3.1
  const password = Buffer.from("LaDPjcEqfZuKnUJStXHX27bxkHLAHSbD");
  const payload = Buffer.from("xzJEkKA+e/nBusozXOuPBz9hzIgUsEpHrZT0yo+HaPw=");
  expect(createEnvelope({ mode: "on", password }).open(payload).toString()).toBe(
    "encrypt me please".padEnd(32, "\n"),
  );
});

describe("options", () => {
  test.for(["on", "accept-clear"] as const)("%s needs a key", (mode) => {
    expect(() => createEnvelope({ mode })).toThrow(expect.objectContaining({ code: "MISSING_KEY" }));
    for (const empty of ["", "\0secret"])
      expect(() => createEnvelope({ mode, password: Buffer.from(empty) })).toThrow(
        expect.objectContaining({ code: "EMPTY_KEY" }),
      );
  });

  test("off ignores a key", () => {
    const envelope = createEnvelope({ mode: "off", password: Buffer.from("secret") });
    expect(envelope.seal(Buffer.from("text")).toString()).toBe("dGV4dA==");
  });

  test("accept-clear seals as on does", () => {
    const password = Buffer.from("secret");
    const text = Buffer.from("type=passive\n");
    const on = createEnvelope({ mode: "on", password });
    expect(createEnvelope({ mode: "accept-clear", password }).seal(text)).toEqual(on.seal(text));
  });

  test("the password is copied", () => {
    const password = Buffer.from("secret");
    const envelope = createEnvelope({ mode: "on", password });
    const before = envelope.seal(Buffer.from("text"));
    password.fill(0x61);
    expect(envelope.seal(Buffer.from("text"))).toEqual(before);
  });
});

const text = fc
  .uint8Array({ maxLength: 200 })
  .map((array) => Buffer.from(array.filter((byte) => byte !== 0)));

test("a sealed text opens to the same text, in every mode and with one envelope for all runs", () => {
  const envelopes = (["off", "on", "accept-clear"] as const).map((mode) =>
    createEnvelope({ mode, password: Buffer.from("k\xfcy", "latin1") }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...envelopes), (one, envelope) => {
      expect(envelope.open(envelope.seal(one))).toEqual(one);
    }),
    { numRuns: 1000 },
  );
});

test("a refused payload leaves the envelope usable", () => {
  const envelope = createEnvelope({ mode: "on", password: Buffer.from("secret") });
  const payload = envelope.seal(Buffer.from("text"));
  expect(() => envelope.open(Buffer.from("AAAA"))).toThrow(expect.objectContaining({ code: "TOO_SHORT" }));
  expect(() => envelope.open(Buffer.from("?"))).toThrow(
    expect.objectContaining({ code: "MALFORMED_BASE64" }),
  );
  expect(envelope.open(payload).toString()).toBe("text");
});

describe("rules of the Go worker", () => {
  const password = Buffer.from("test1234");
  const text = "type=service\ncommand_line=/x\n\n";
  const wrapped = (payload: Buffer) => Buffer.from(payload.toString("latin1").replace(/(.{20})/g, "$1\r\n"));

  test.for(["on", "off", "accept-clear"] as const)("mode %s: base64 wrapped with CRLF is read", (mode) => {
    const payload = wrapped(createEnvelope({ mode, password }).seal(Buffer.from(text)));
    expect(createEnvelope({ mode, password, rules: "go" }).open(payload).toString()).toBe(text);
    expect(() => createEnvelope({ mode, password }).open(payload)).toThrow(
      expect.objectContaining({ code: "MALFORMED_BASE64" }),
    );
  });

  test("a partial last block is an error with the number of bytes", () => {
    const whole = base64(createEnvelope({ mode: "on", password }).seal(Buffer.from(text)).toString("latin1"));
    const cut = Buffer.from(whole.subarray(0, -5).toString("base64"));
    expect(() => createEnvelope({ mode: "on", password, rules: "go" }).open(cut)).toThrow(
      expect.objectContaining({ code: "PARTIAL_BLOCK", payloadBytes: whole.length - 5 }),
    );
    expect(createEnvelope({ mode: "on", password }).open(cut).toString()).toBe(text.slice(0, 16));
  });
});

describe("opens many payloads at once as each one alone", () => {
  const outcome = (envelope: Envelope, payload: Buffer): unknown => {
    try {
      return envelope.open(payload);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const codeOf = (one: unknown): unknown => (Buffer.isBuffer(one) ? one : (one as { code: string }).code);

  test("for every captured payload of a key and mode, good and bad ones mixed", () => {
    const groups = Object.groupBy(decryptRows, ({ mode, keyBase64 }) => `${mode} ${keyBase64}`);
    expect(Object.keys(groups).length).toBeGreaterThan(2);
    for (const rows of Object.values(groups)) {
      const envelope = envelopeFor((rows as DecryptRow[])[0] as DecryptRow);
      const payloads = (rows ?? []).map(({ input }) => base64(input));
      expect(envelope.openAll(payloads).map(codeOf)).toEqual(payloads.map((one) => outcome(envelope, one)));
    }
  });

  test("clear and encrypted ones in any order, and none at all", () => {
    const password = Buffer.from("test1234");
    const clear = createEnvelope({ mode: "off" });
    for (const mode of ["on", "off", "accept-clear"] as const)
      for (const rules of ["c", "go"] as const) {
        const envelope = createEnvelope({ mode, password, rules });
        const sealed = (text: string) => envelope.seal(Buffer.from(text));
        const payloads = [
          sealed("type=active"),
          clear.seal(Buffer.from("type=passive\nx=1\n")),
          Buffer.from("AAAA"),
          Buffer.from(""),
          sealed("second\n"),
          Buffer.from("?"),
          Buffer.concat([sealed("third"), Buffer.from("AAAA")]),
        ];
        expect(envelope.openAll(payloads).map(codeOf)).toEqual(payloads.map((one) => outcome(envelope, one)));
        expect(envelope.openAll([])).toEqual([]);
      }
  });
});
