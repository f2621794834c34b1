import { expect, test } from "vitest";
import {
  type BridgeAnswer,
  EnvelopeOpener,
  EnvelopeSealer,
  parseBridgeAnswer,
  parseBridgeQuestion,
  printBridgeAnswer,
  printBridgeQuestion,
  QUESTION_QUEUE,
  questionKeys,
} from "../../src/index.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const MASTER = Buffer.alloc(32, 7);
const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 1), nowMs: () => 0 });

test.for([
  ["type=command\nhost_name=web=1\n", { hostName: bytes("web=1") }],
  [
    "type=command\nhost_name=w\nservice_description=\xe4 b\n",
    { hostName: bytes("w"), serviceDescription: bytes("\xe4 b") },
  ],
] as const)("the question %j", ([text, question]) => {
  expect(printBridgeQuestion(question)).toEqual(bytes(text));
  expect(parseBridgeQuestion(bytes(text))).toEqual(question);
});

test.for([
  "",
  "type=command\n",
  "type=command\nhost_name=\n",
  "type=command\nhost_name=a",
  "type=command\nhost_name=a\nservice_description=b",
  "type=command\nhost_name=a\nservice_description=b\nmore=c\n",
  "type=other\nhost_name=a\n",
])("%j is no question", (text) => {
  expect(parseBridgeQuestion(bytes(text))).toBeUndefined();
});

const job = { queue: bytes("service"), timeoutSeconds: 60, commandLine: bytes("/bin/x -a=b \xff") };

test.for<[string, BridgeAnswer]>([
  ["request=00 1\n", { request: "00 1" }],
  ["request=00 1\nqueue=service\ntimeout=60\ncommand_line=/bin/x -a=b \xff\n", { request: "00 1", job }],
  ...(["v2", "legacy", "clear"] as const).map((form): [string, BridgeAnswer] => [
    `request=00 1\nqueue=service\ntimeout=60\ncommand_line=/bin/x -a=b \xff\nform=${form}\n`,
    { request: "00 1", job: { ...job, form } },
  ]),
])("the answer %j", ([text, answer]) => {
  expect(printBridgeAnswer(answer)).toEqual(bytes(text));
  expect(parseBridgeAnswer(bytes(text))).toEqual(answer);
});

test.for([
  "",
  "request=00 1",
  "queue=a\n",
  "request=00 1\nqueue=a\n",
  "request=00 1\nqueue=a\ntimeout=x\ncommand_line=b\n",
  "request=00 1\nqueue=a\ntimeout=1\ncommand_line=b\nc\n",
  "request=00 1\nqueue=a\ntimeout=1\ncommand_line=b\nform=other\n",
  "request=00 1\nqueue=a\ntimeout=1\ncommand_line=b\nform=v2\nmore\n",
])("%j is no answer", (text) => {
  expect(parseBridgeAnswer(bytes(text))).toBeUndefined();
});

test("keys differ by direction, by site, and by what they are made from", () => {
  const all = [{ master: MASTER }, { master: Buffer.alloc(32, 8) }, { password: bytes("a password") }]
    .map((from) => questionKeys(from))
    .flatMap(({ question, answer }) => [question.idText, answer.idText]);
  expect(new Set(all).size).toBe(6);
  expect(questionKeys({ master: MASTER }).question.id).toEqual(questionKeys({ master: MASTER }).question.id);
});

// Computed with hmac and hashlib of Python, by the text of envelope-v2.md 4 and 15.
test.for([
  [
    { master: Buffer.from(Array.from({ length: 32 }, (_, at) => at)) },
    "b1cacf5285708e0c",
    "e5aba124f8f3331a",
  ],
  [{ password: bytes("a password") }, "27183baab19ec8bb", "b159a12ac2d241d6"],
] as const)("key ids of known secrets: %j", ([from, question, answer]) => {
  const keys = questionKeys(from);
  expect([keys.question.id.toString("hex"), keys.answer.id.toString("hex")]).toEqual([question, answer]);
});

test("an answer is no question, and neither is a job of the queue with that name", () => {
  const keys = questionKeys({ master: MASTER });
  const opener = new EnvelopeOpener({
    direction: "question",
    keys: { find: () => keys.question },
    maxTextBytes: 100,
  });
  const sealed = sealer.seal(keys.question, QUESTION_QUEUE, bytes("type=command\n"));
  expect(opener.open(sealed, QUESTION_QUEUE)).toHaveProperty("text");
  expect(opener.open(sealed, bytes("service"))).toHaveProperty("refused", "NOT_AUTHENTIC");
  expect(opener.open(sealer.seal(keys.answer, QUESTION_QUEUE, bytes("x")), QUESTION_QUEUE)).toHaveProperty(
    "refused",
    "WRONG_DIRECTION",
  );
});
