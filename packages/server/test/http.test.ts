import { memoryLogger } from "@mod-gearman/observe";
import { duplexPair, ManualClock, type TestContext } from "@mod-gearman/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpRequestDecoder } from "../src/http/http-request.ts";
import type { JobServer, JobServerOptions } from "../src/index.ts";
import { join, serverFor, tcp } from "./stages.ts";
import { message, readable, type Wire } from "./wire.ts";

/** A server with the HTTP protocol, and a worker of `f`. */
async function site(context: TestContext, options: JobServerOptions = {}) {
  const logger = memoryLogger();
  const server = serverFor(context, {
    ...{
      listen: "127.0.0.1",
      port: 0,
      logger,
      listeners: [{ listen: "127.0.0.1", port: 0, protocol: "http" }],
    },
    ...options,
  });
  await server.listen();
  const port = server.addresses()[1]?.port ?? 0;
  const worker = join(server);
  worker.send(message("REQ", "CAN_DO f"));
  await worker.sync();
  const ask = async (text: string | Buffer): Promise<Wire> => {
    const wire = await tcp(port);
    wire.send(Buffer.from(text as string, "latin1"));
    return wire;
  };
  return { server, worker, ask, lines: logger.lines };
}

const answerOf = async (wire: Wire): Promise<string> => {
  await wire.closed();
  return wire.pending.toString("latin1");
};

async function takes(worker: Wire, server: JobServer, assigned: string): Promise<void> {
  await expect.poll(() => server.stats().jobs).toBe(1);
  worker.send(message("REQ", "GRAB_JOB_UNIQ"));
  const wanted = message("RES", `JOB_ASSIGN_UNIQ ${assigned}`);
  expect(readable(await worker.take(wanted.length))).toEqual(readable(wanted));
}

const DONE = (command: string, data: string, version = "1.0") =>
  `HTTP/${version} 200 OK\r\nX-Gearman-Job-Handle: T:1\r\nX-Gearman-Command: ${command}\r\n` +
  `Content-Length: ${data.length}\r\nServer: Gearman/0.1.2\r\n${version === "1.1" ? "Connection: close\r\n" : ""}\r\n${data}`;

describe("a job", () => {
  test.for([
    ["POST /f HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", "T:1 f - hello"],
    ["PUT ///f HTTP/1.0\r\ncontent-length:5\r\n\r\nhelloand more", "T:1 f - hello"],
    ["POST /f HTTP/1.0\nX-GEARMAN-UNIQUE: u\nContent-Length:5\n\nhello", "T:1 f u hello"],
    ["GET /f HTTP/1.0\r\nX-Gearman-Unique: u\r\n\r\n", 'T:1 f u ""'],
    ["POST f HTTP/1.0\r\n\r\n", 'T:1 f - ""'],
  ] as const)("%j reaches the worker", async ([text, assigned], context) => {
    const { server, worker, ask } = await site(context);
    const client = await ask(text);
    await takes(worker, server, assigned);
    worker.send(message("REQ", "WORK_COMPLETE T:1 olleh"));
    expect(await answerOf(client)).toBe(DONE("WORK_COMPLETE", "olleh"));
    expect(server.stats().jobs).toBe(0);
  });

  test("a query is part of the function, nothing is decoded", async (context) => {
    const { server, worker, ask } = await site(context);
    worker.send(message("REQ", "CAN_DO f?a=%20b"));
    const client = await ask("GET /f?a=%20b HTTP/1.1\r\n\r\n");
    await takes(worker, server, 'T:1 f?a=%20b - ""');
    worker.send(message("REQ", "WORK_COMPLETE T:1 x"));
    expect(await answerOf(client)).toBe(DONE("WORK_COMPLETE", "x", "1.1"));
  });

  test("partial results precede the last one; status and warnings do not", async (context) => {
    const { server, worker, ask } = await site(context);
    const client = await ask("POST /f HTTP/1.0\r\n\r\n");
    await takes(worker, server, 'T:1 f - ""');
    for (const one of ["DATA T:1 a", "STATUS T:1 1 2", "WARNING T:1 w", "DATA T:1 b", "COMPLETE T:1 c"])
      worker.send(message("REQ", `WORK_${one}`));
    expect(await answerOf(client)).toBe(DONE("WORK_COMPLETE", "abc"));
  });

  test.for(["WORK_FAIL T:1", "WORK_EXCEPTION T:1 why"])("%s is 200 too", async (end, context) => {
    const { server, worker, ask } = await site(context);
    const client = await ask("POST /f HTTP/1.0\r\n\r\n");
    await takes(worker, server, 'T:1 f - ""');
    worker.send(message("REQ", end));
    expect(await answerOf(client)).toBe(DONE("WORK_FAIL", ""));
  });

  test("HEAD gets no command and no body", async (context) => {
    const { server, worker, ask } = await site(context);
    const client = await ask("HEAD /f HTTP/1.0\r\n\r\n");
    await takes(worker, server, 'T:1 f - ""');
    worker.send(message("REQ", "WORK_COMPLETE T:1 abc"));
    expect(await answerOf(client)).toBe(
      "HTTP/1.0 200 OK\r\nX-Gearman-Job-Handle: T:1\r\nContent-Length: 3\r\nServer: Gearman/0.1.2\r\n\r\n",
    );
  });

  test("in the background: answered at once, kept without its client, with its priority", async (context) => {
    const { server, ask } = await site(context);
    const background = "X-Gearman-Background: true\r\n";
    const one = await ask(`POST /g HTTP/1.0\r\n${background}X-Gearman-Priority: low\r\n\r\n`);
    expect(await answerOf(one)).toBe(DONE("JOB_CREATED", ""));
    await answerOf(
      await ask(`POST /g HTTP/1.0\r\n${background}X-Gearman-Unique: h\r\nX-Gearman-Priority: high\r\n\r\n`),
    );
    const admin = join(server);
    admin.send(Buffer.from("prioritystatus\n"));
    expect((await admin.takeThrough(".\n")).toString()).toContain("g\t1\t0\t1\t0\n");
  });

  test("a client that hangs up leaves its job", async (context) => {
    const { server, worker, ask } = await site(context);
    const client = await ask("POST /f HTTP/1.0\r\n\r\n");
    await expect.poll(() => server.stats().jobs).toBe(1);
    client.leave();
    await expect.poll(() => server.stats().connections).toBe(1);
    worker.send(message("REQ", "GRAB_JOB"));
    expect(readable(await worker.take(12))).toEqual(['RES NO_JOB ""']);
  });
});

describe("other answers", () => {
  test.for([
    ["POST / HTTP/1.0\r\n\r\n", "HTTP/1.0 404 NOT_FOUND\r\nContent-Length: 0\r\n"],
    ["GET  HTTP/1.0\r\n\r\n", "HTTP/1.0 404 NOT_FOUND\r\n"],
    ["HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"],
    ["TRACE /f HTTP/1.1\r\n\r\n", "HTTP/1.1 405 METHOD_NOT_ALLOWED\r\nAllow: GET, HEAD, POST, PUT\r\n"],
    ["POST /f HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 411 LENGTH_REQUIRED\r\n"],
    ["POST /f HTTP/1.1\r\nContent-Length: 101\r\n\r\n", "HTTP/1.1 413 CONTENT_TOO_LARGE\r\n"],
    [
      `POST /f HTTP/1.0\r\nX-Gearman-Unique: ${"u".repeat(65)}\r\n\r\n`,
      "HTTP/1.0 503 SERVICE_UNAVAILABLE\r\nX-Gearman-Error: ARGUMENT_TOO_LARGE\r\n",
    ],
  ] as const)("%j", async ([text, start], context) => {
    const { server, ask } = await site(context, { maxPacketBytes: 100 });
    expect(await answerOf(await ask(text))).toMatch(new RegExp(`^${start.replaceAll("/", "\\/")}`));
    await expect.poll(() => server.stats().connections).toBe(1);
  });

  test("a full queue is 503 with the code", async (context) => {
    const { server, ask } = await site(context);
    const admin = join(server);
    admin.send(Buffer.from("create function g\nmaxqueue g 1\n"));
    admin.send(message("REQ", "SUBMIT_JOB_BG g u x"));
    await admin.sync();
    const answer = await answerOf(await ask("POST /g HTTP/1.0\r\n\r\n"));
    expect(answer).toContain("503 SERVICE_UNAVAILABLE\r\nX-Gearman-Error: QUEUE_ERROR\r\n");
  });

  test.for([
    ["no version", "GET /f\r\n\r\n"],
    ["another version", "GET /f HTTP/2.0\r\n\r\n"],
    ["no words", "\r\n\r\n"],
    ["a length that is no number", "POST /f HTTP/1.0\r\nContent-Length: -1\r\n\r\n"],
    ["two lengths", "POST /f HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["a blank before a colon", "POST /f HTTP/1.1\r\nContent-Length : 2\r\n\r\nab"],
    ["a folded field", "POST /f HTTP/1.1\r\nA: b\r\n Content-Length: 2\r\n\r\nab"],
    ["a NUL", "GET /f\0g HTTP/1.0\r\n\r\n"],
    ["a packet", "\0REQ\0\0\0\x10\0\0\0\x02hi\n\n"],
    ["a head without end", `GET /f HTTP/1.0\r\nA: ${"x".repeat(8192)}`],
  ] as const)("%s: closed without an answer", async ([, text], context) => {
    const { server, ask, lines } = await site(context);
    expect(await answerOf(await ask(text))).toBe("");
    expect(server.stats().closed).toEqual({ BAD_HTTP: 1 });
    expect(lines.some((line) => /^warn: Closing connection 127\.0\.0\.1:\d+: BAD_HTTP$/.test(line))).toBe(
      true,
    );
  });

  test("100 Continue for a client that waits for it", async (context) => {
    const { server, worker, ask } = await site(context);
    const client = await ask("POST /f HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    expect((await client.takeThrough("\r\n\r\n")).toString()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.send(Buffer.from("hi"));
    await takes(worker, server, "T:1 f - hi");
  });
});

test("a head that does not come, and a body that stops, are given up in time; others are served", async (context) => {
  const clock = new ManualClock();
  const { server, worker, ask } = await site(context, { clock });
  const silent = await ask("");
  const half = await ask("GET /f HT");
  const stopped = await ask("POST /f HTTP/1.0\r\nContent-Length: 9\r\n\r\nab");
  await expect.poll(() => server.stats().connections).toBe(4);
  await expect.poll(() => clock.pending >= 3).toBe(true);
  clock.tick(10_000);
  await silent.closed();
  await half.closed();
  await worker.sync();
  clock.tick(50_000);
  await stopped.closed();
  await expect.poll(() => server.stats().connections).toBe(1);
});

test("partial results beyond the limit of output end the request; the job goes on", async (context) => {
  const { server, worker, ask } = await site(context, { maxOutputBytes: 10 });
  const client = await ask("POST /f HTTP/1.0\r\n\r\n");
  await takes(worker, server, 'T:1 f - ""');
  worker.send(message("REQ", "WORK_DATA T:1 123456"));
  worker.send(message("REQ", "WORK_DATA T:1 78901"));
  expect(await answerOf(client)).toBe("");
  worker.send(message("REQ", "WORK_COMPLETE T:1 x"));
  await worker.sync();
  expect(server.stats()).toMatchObject({ closed: { OUTPUT_FULL: 1 }, jobs: 0, refused: 0 });
});

test("a request means the same however it is cut", () => {
  const bytes = Buffer.from(
    "POST /f HTTP/1.1\r\nContent-Length: 4\r\nX-Gearman-Unique:u\r\n\r\na\r\nb",
    "latin1",
  );
  const whole = new HttpRequestDecoder(100, () => undefined).push(bytes);
  expect(whole).toMatchObject({ method: "POST", function: "f", unique: "u", body: Buffer.from("a\r\nb") });
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
      const decoder = new HttpRequestDecoder(100, () => undefined);
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const parts = at.slice(1).map((end, n) => bytes.subarray(at[n], end));
      const found = parts.map((part) => decoder.push(Buffer.from(part))).filter((one) => one !== undefined);
      expect(found[0]).toEqual(whole);
    }),
  );
});

test("noise on the HTTP port: others are served", async (context) => {
  const { server, ask } = await site(context, { clock: new ManualClock() });
  const other = join(server);
  const word = fc.constantFrom(
    "GET",
    "POST",
    "/f",
    " ",
    "\r\n",
    "\n",
    ":",
    "Content-Length: 3",
    "HTTP/1.1",
    "\0",
    "abc",
  );
  const noise = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(""));
  for (const text of fc.sample(noise, 200)) {
    const wire = await ask(`${text}\r\n\r\n`);
    await other.sync();
    wire.leave();
    await wire.closed();
  }
  await expect.poll(() => server.stats().connections).toBe(2);
  expect(server.stats().closed.INTERNAL).toBeUndefined();
});

test("the main port does not speak HTTP", async (context) => {
  const { server } = await site(context);
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  ours.write("GET /f HTTP/1.0\r\n\r\n");
  const [chunk] = await new Promise<[Buffer]>((resolve) =>
    ours.once("data", (...args: [Buffer]) => resolve(args)),
  );
  expect(String(chunk)).toMatch(/^ERR UNKNOWN_COMMAND/);
});
