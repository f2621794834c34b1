import fc from "fast-check";
import { expect, test } from "vitest";
import {
  enrolRefusalText,
  parseEnrolAnswer,
  parseEnrolRequest,
  printEnrolAnswer,
  printEnrolRequest,
  requestHost,
  requestId,
} from "../../src/index.ts";

const request = requestId({ bootId: Buffer.alloc(16, 0xab), counter: 7 });
const text = (latin1: string): Buffer => Buffer.from(latin1, "latin1");

test("a request is printed and read", () => {
  const redeem = { kind: "redeem", host: "web-1", publicKey: Buffer.alloc(32, 5) } as const;
  expect(printEnrolRequest(redeem).toString()).toBe(`type=redeem\nhost=web-1\npublic=${"05".repeat(32)}\n`);
  expect(parseEnrolRequest(printEnrolRequest(redeem))).toEqual(redeem);
  for (const kind of ["renew", "test", "tested"] as const)
    expect(parseEnrolRequest(printEnrolRequest({ kind, host: "a" }))).toEqual({ kind, host: "a" });
});

test.for([
  "",
  "type=renew\nhost=a",
  "type=renew\n",
  "type=other\nhost=a\n",
  "type=renew\nhost=\n",
  "type=renew\nhost=a b\n",
  "type=renew\nhost=a\nhost=b\n",
  "type=renew\nhost=a\nmore=b\n",
  `type=renew\nhost=a\npublic=${"05".repeat(32)}\n`,
  "type=redeem\nhost=a\n",
  "type=redeem\nhost=a\npublic=05\n",
  `type=redeem\nhost=a\npublic=${"0x".repeat(32)}\n`,
])("%j is no request", (latin1) => {
  expect(parseEnrolRequest(text(latin1))).toBeUndefined();
});

test("an answer is printed and read", () => {
  const answer = {
    request,
    status: "OK",
    envelope: "v2",
    resultQueue: text("check_results"),
    missing: 2,
    file: text("type=worker\nname=\xe4\n"),
    jobs: [
      { queue: text("service"), data: Buffer.of(0xb2, 0, 255) },
      { queue: text("a b\xff"), data: Buffer.alloc(0) },
    ],
  } as const;
  expect(parseEnrolAnswer(printEnrolAnswer(answer))).toEqual(answer);
  const refused = { request, status: "REDEEMED", jobs: [] } as const;
  expect(parseEnrolAnswer(printEnrolAnswer(refused))).toEqual(refused);
});

test.for([
  "",
  `request=${request}\n`,
  "status=OK\n",
  "request=ab 1\nstatus=OK\n",
  `request=${request}\nstatus=FINE\n`,
  `request=${request}\nstatus=OK\nenvelope=legacy\n`,
  `request=${request}\nstatus=OK\nmissing=-1\n`,
  `request=${request}\nstatus=OK\nfile=***\n`,
  `request=${request}\nstatus=OK\njob=\n`,
  `request=${request}\nstatus=OK\njob= AAAA\n`,
  `request=${request}\nstatus=OK\njob=AAAA AAAA AAAA\n`,
  `request=${request}\nstatus=OK\nother=1\n`,
])("%j is no answer", (latin1) => {
  expect(parseEnrolAnswer(text(latin1))).toBeUndefined();
});

test("no text makes the readers fail", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      parseEnrolRequest(text(`type=renew\nhost=${one}\n${other}\n`));
      parseEnrolAnswer(text(`request=${request}\nstatus=OK\n${one}=${other}\n`));
    }),
  );
});

test("the name of a machine always fits", () => {
  expect(requestHost("web-1.example.org")).toBe("web-1.example.org");
  expect(requestHost("a b\nc")).toBe("a_b_c");
  expect(requestHost("")).toBe("unknown");
  expect(requestHost("x".repeat(500))).toHaveLength(128);
});

test("each reason has words", () => {
  expect(enrolRefusalText("REDEEMED")).toBe("the ticket has been redeemed before");
  expect(enrolRefusalText("NOT_AUTHENTIC")).toContain("damaged or forged");
});
