import {
  createEnvelope,
  EnvelopeSealer,
  envelopeKey,
  identityId,
  identitySecret,
  jobSecret,
  keyFromFile,
  printMasterFile,
} from "@mod-gearman/crypto";
import { describe, expect, test } from "vitest";
import { openPayload, readKeyFile, typedPassword } from "../src/client/open-payload.ts";

const NO_KEY = { password: "", isClear: false };
const fileOf = (bytes: Buffer) => new Uint8Array(bytes);
const base64 = (bytes: Buffer): string => bytes.toString("base64");
const TEXT = "type=service\nhost_name=b\u00fcro\nservice_description=ping\ncommand_line=/bin/true <b>\n\n";

describe("the legacy form", () => {
  test.for([1, 15, 16, 17, 31, 32, 33, 48, 4000])("a text of %d bytes", async (length) => {
    const password = "should_be_changed";
    const sealed = createEnvelope({ mode: "on", password: Buffer.from(password) });
    const text = `type=${"x".repeat(length)}`.slice(0, Math.max(length, 6));
    const payload = base64(sealed.seal(Buffer.from(text)));
    expect(await openPayload(payload, "service", { ...NO_KEY, password })).toEqual({ text });
  });

  test.for(["k", "p\u00e4ssw\u00f6rt", "a password that is longer than thirty-two bytes", "a\0b"])(
    "a key %j is cut and filled as by the other programs",
    async (typed) => {
      const password = typedPassword(typed);
      const sealed = createEnvelope({ mode: "on", password: Buffer.from(typed) });
      const payload = base64(sealed.seal(Buffer.from(TEXT)));
      expect(await openPayload(payload, "service", { ...NO_KEY, password })).toEqual({ text: TEXT });
      expect(await openPayload(payload, "service", { ...NO_KEY, password: "another" })).toHaveProperty(
        "problem",
      );
      expect(await openPayload(payload, "service", NO_KEY)).toHaveProperty("problem");
    },
  );

  test("without encryption only if that is asked for", async () => {
    const payload = base64(createEnvelope({ mode: "off" }).seal(Buffer.from(TEXT)));
    expect(await openPayload(payload, "service", { ...NO_KEY, isClear: true })).toEqual({ text: TEXT });
    expect(await openPayload(payload, "service", NO_KEY)).toHaveProperty("problem");
  });
});

describe("version 2", () => {
  const master = Buffer.alloc(32, 7);
  const key = readKeyFile(fileOf(printMasterFile({ secret: master, epochs: [1, 2] })));
  const open = (message: Buffer, queue: string, given = key) =>
    openPayload(base64(message), queue, { isClear: false, ...given });
  const seal = (queue: string, direction: "job" | "result"): Buffer => {
    const id = identityId(Buffer.from("w1"));
    const made =
      direction === "job"
        ? envelopeKey({ direction, epoch: 2, secret: jobSecret(master, Buffer.from(queue), 2) })
        : envelopeKey({ direction, epoch: 2, secret: identitySecret(master, direction, id, 2), id });
    const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 9), nowMs: () => 1_700_000_000_000 });
    return sealer.seal(made, Buffer.from(queue), Buffer.from(TEXT));
  };

  test.for(["job", "result"] as const)("a %s with the master file", async (direction) => {
    const message = seal("service", direction);
    expect(await open(message, "service")).toEqual({ text: TEXT });
    expect(await open(message, "host")).toHaveProperty("problem");
    expect(await open(message, "service", { password: "x", master: undefined })).toHaveProperty("problem");
    message[45] = (message[45] ?? 0) ^ 1;
    expect(await open(message, "service")).toHaveProperty("problem");
  });
});

test.for([
  "",
  "not base64!",
  base64(Buffer.from("%%%")),
  base64(Buffer.from([0xb2])),
  base64(Buffer.from("QQ==")),
])("a workload %j that is no job is a problem and no error", async (workload) => {
  const opened = await openPayload(workload, "q", { password: "k", isClear: true, master: undefined });
  expect(workload === "" ? opened : { text: "", ...opened }).toMatchObject({ text: "" });
});

test("key files: the first line by the rule of the C suite, or a master file", () => {
  const passwordIn = (content: string) => readKeyFile(fileOf(Buffer.from(content, "latin1"))).password;
  const contents = ["secret \t\r\nmore\n", " x", "k\xfc\xff\n", "a\0b\n", `${"y".repeat(31)} zz\n`, ""];
  for (const content of contents) {
    const own = content === "" ? "" : keyFromFile(Buffer.from(content, "latin1")).toString("latin1");
    expect(passwordIn(content)).toBe(own);
  }
  const broken = readKeyFile(fileOf(Buffer.from("type=master\nsecret=x\nepochs=1\n")));
  expect(broken).toEqual({ password: "", master: undefined });
});
