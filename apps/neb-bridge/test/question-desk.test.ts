import {
  EnvelopeOpener,
  EnvelopeSealer,
  parseBridgeAnswer,
  printBridgeQuestion,
  printMasterFile,
  QUESTION_QUEUE,
  questionKeys,
} from "@mod-gearman/crypto";
import { expect, test } from "vitest";
import { QuestionDesk } from "../src/question-desk.ts";

const PASSWORD = Buffer.from("the key of the site");
const MASTER = Buffer.alloc(32, 9);
const masterFile = printMasterFile({ secret: MASTER, epochs: [1] });
const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 3), nowMs: () => 0 });
const question = printBridgeQuestion({
  hostName: Buffer.from("web1"),
  serviceDescription: Buffer.from("disk"),
});
const ofPassword = questionKeys({ password: PASSWORD });
const ofMaster = questionKeys({ master: MASTER });

type Options = ConstructorParameters<typeof QuestionDesk>[0]["options"];

function desk(options: ReturnType<Options>) {
  const counts = { refused: 0 };
  const asked: string[] = [];
  const commands = {
    find: (key: string) => {
      asked.push(key);
      return key === "web1\0disk"
        ? { queue: "service", timeoutSeconds: 60, commandLine: "/bin/check \xff" }
        : undefined;
    },
  };
  const made = new QuestionDesk({ commands, counts, options: () => options, nowMs: () => 0 });
  return { counts, asked, ask: (data: Buffer, wantsForm = false) => made.answer(data, wantsForm) };
}

const seal = (text: Buffer, key = ofPassword.question): Buffer => sealer.seal(key, QUESTION_QUEUE, text);

function opened(answer: Buffer | string, key = ofPassword.answer) {
  const opener = new EnvelopeOpener({ direction: "answer", keys: { find: () => key }, maxTextBytes: 1e6 });
  const open = typeof answer === "string" ? undefined : opener.open(answer, QUESTION_QUEUE);
  return open && "text" in open ? parseBridgeAnswer(open.text) : undefined;
}

test.for([
  ["the password", { encryption: true, key: PASSWORD }, ofPassword],
  ["the master secret", { encryption: true, key: PASSWORD, masterFile }, ofMaster],
] as const)("the command of an object, under %s", ([, options, keys]) => {
  const { ask } = desk(options as never);
  expect(opened(ask(seal(question, keys.question)), keys.answer)).toMatchObject({
    request: expect.stringMatching(/^(03){16} \d+$/),
    job: {
      queue: Buffer.from("service"),
      timeoutSeconds: 60,
      commandLine: Buffer.from("/bin/check \xff", "latin1"),
    },
  });
});

test.for([
  ["clear", { encryption: false, masterFile, envelope: "legacy", envelopeQueues: [] }],
  ["legacy", { encryption: true, masterFile, envelope: "both", envelopeQueues: [Buffer.from("serv")] }],
  ["v2", { encryption: true, masterFile, envelope: "both", envelopeQueues: [Buffer.from("serv*")] }],
  ["v2", { encryption: true, masterFile, envelope: "v2", envelopeQueues: [] }],
] as const)("the form %s of the job, for tools that ask for it", ([form, options]) => {
  const { ask } = desk({ key: PASSWORD, ...options } as never);
  const data = seal(question, ofMaster.question);
  expect(opened(ask(data, true), ofMaster.answer)?.job).toMatchObject({ form });
  expect(opened(ask(data), ofMaster.answer)?.job).toEqual({
    queue: Buffer.from("service"),
    timeoutSeconds: 60,
    commandLine: Buffer.from("/bin/check \xff", "latin1"),
  });
});

test("an object without job has an answer that says so", () => {
  const { ask, asked } = desk({ encryption: true, key: PASSWORD } as never);
  const answer = opened(ask(seal(printBridgeQuestion({ hostName: Buffer.from("web1") }))));
  expect(answer).toEqual({ request: expect.any(String) });
  expect(asked).toEqual(["web1"]);
});

test.for<[string, Buffer]>([
  ["another key", seal(question, questionKeys({ password: Buffer.from("another key of a site") }).question)],
  ["an answer", sealer.seal(ofPassword.answer, QUESTION_QUEUE, question)],
  ["another queue", sealer.seal(ofPassword.question, Buffer.from("service"), question)],
  ["clear text", question],
  ["nothing", Buffer.alloc(0)],
  ["another text", seal(Buffer.from("type=all\n"))],
  ["a long text", seal(Buffer.alloc(3000, "a"))],
])("%s is refused and counted", ([, data]) => {
  const { ask, asked, counts } = desk({ encryption: true, key: PASSWORD } as never);
  expect(ask(data)).toBe("refused");
  expect({ asked, counts }).toEqual({ asked: [], counts: { refused: 1 } });
});

test("a worker of a site with a master secret, which has its password, gets no answer", () => {
  const { ask } = desk({ encryption: true, key: PASSWORD, masterFile } as never);
  expect(ask(seal(question))).toBe("refused");
});

test.for([undefined, { encryption: false, key: PASSWORD }] as const)("without key: %j", (options) => {
  expect(desk(options as never).ask(seal(question))).toBe("no-key");
});
