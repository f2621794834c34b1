import { createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { describe, expect, test } from "vitest";
import { readJob, readJobHead } from "../src/read-job.ts";
import { KEY } from "./worker-world.ts";

const KIB = 1024;
const LIMIT = 128 * KIB;
const sealed = createEnvelope({ mode: "on", rules: "go", password: Buffer.from(KEY) });
const clear = createEnvelope({ mode: "off", rules: "go" });

/** Counts deciphered bytes. */
class CountingEnvelope implements Envelope {
  bytes = 0;
  readonly #inner: Envelope;
  constructor(inner: Envelope) {
    this.#inner = inner;
  }
  seal(text: Buffer): Buffer {
    return this.#inner.seal(text);
  }
  open(payload: Buffer): Buffer {
    this.bytes += payload.length;
    return this.#inner.open(payload);
  }
  openAll(payloads: readonly Buffer[]): ReturnType<Envelope["openAll"]> {
    return payloads.map((payload) => this.open(payload));
  }
}

const text = (type: string, commandBytes: number, more = "") =>
  Buffer.from(
    `type=${type}\nresult_queue=r\nhost_name=h\nservice_description=s\ntimeout=7\n` +
      `command_line=/bin/echo ${"x".repeat(commandBytes)}\n${more}\n\n\n`,
  );
const wrapped = (payload: Buffer) =>
  Buffer.from(payload.toString("latin1").replace(/.{76}/g, "$&\r\n"), "latin1");

describe.for([
  ["sealed", sealed],
  ["clear", clear],
] as const)("%s", ([, inner]) => {
  test.for(["service", "eventhandler", "other"])("%s: too long, read by its head", (type) => {
    for (const form of [(payload: Buffer) => payload, wrapped]) {
      const envelope = new CountingEnvelope(inner);
      const { job, refused } = readJob(form(envelope.seal(text(type, 10 * LIMIT))), envelope, LIMIT);
      expect(refused).toMatch(/^job of \d+ bytes is too long, this system takes command lines of 131072$/);
      expect([job.hostName, job.serviceDescription, job.resultQueue].map(String)).toEqual(["h", "s", "r"]);
      expect(envelope.bytes).toBeLessThanOrEqual(64 * KIB);
    }
  });

  test("a payload that may just fit is read completely", () => {
    const { job, refused } = readJob(inner.seal(text("service", LIMIT)), inner, LIMIT);
    expect(refused).toBeUndefined();
    expect(job.commandLine).toHaveLength(LIMIT + "/bin/echo ".length);
  });

  test("a notification may be longer, for its texts", () => {
    const long = "y".repeat(10 * KIB * KIB);
    const payload = inner.seal(
      text("notification", 10, `plugin_output=${long}\nlong_plugin_output=${long}\n`),
    );
    const { job, refused } = readJob(payload, inner, LIMIT);
    expect(refused).toBeUndefined();
    expect(job.longPluginOutput).toHaveLength(long.length);
  });

  test("other jobs may not", () => {
    const envelope = new CountingEnvelope(inner);
    const payload = envelope.seal(text("notification", 21 * KIB * KIB));
    expect(readJob(payload, envelope, LIMIT).refused).toMatch(/too long/);
    expect(envelope.bytes).toBeLessThanOrEqual(64 * KIB);
  });
});

test("the head of a short payload is all of it", () => {
  const { job } = readJobHead(sealed.seal(text("host", 3)), sealed);
  expect(job.commandLine.toString()).toBe("/bin/echo xxx");
});

test("a long payload that is not a job is refused as a short one is", () => {
  expect(() => readJob(Buffer.alloc(10 * LIMIT, 0x25), sealed, LIMIT)).toThrow(
    expect.objectContaining({ code: "MALFORMED_BASE64" }),
  );
  expect(() => readJob(Buffer.alloc(10 * LIMIT, 0x61), sealed, LIMIT)).toThrow(
    expect.objectContaining({ code: "NOT_A_JOB" }),
  );
});
