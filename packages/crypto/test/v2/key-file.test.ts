import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type IdentityKeys,
  isIdentityName,
  issueIdentity,
  KeyFileError,
  parseIdentityFile,
  parseMasterFile,
  printIdentityFile,
  printMasterFile,
} from "../../src/index.ts";

const master = { secret: Buffer.alloc(32, 0xab), epochs: [4, 3] };
const SECRET = "ab".repeat(32);
const queues = ["service", "hostgroup_a b=c", "gr\xfc\xdfe"].map((name) => Buffer.from(name, "latin1"));

test("a master file comes back, comments and CR at the end of lines are no part of it", () => {
  expect(parseMasterFile(printMasterFile(master))).toEqual(master);
  const text = `# keep\r\ntype=master\r\n\r\nepochs=4,3\r\nsecret=${SECRET.toUpperCase()}\r\n`;
  expect(parseMasterFile(Buffer.from(text))).toEqual(master);
});

test("what is issued comes back from its file", () => {
  for (const kind of ["worker", "sender"] as const) {
    const issued = issueIdentity(master, { kind, name: "worker-1.example.org", queues });
    expect(parseIdentityFile(printIdentityFile(issued))).toEqual(issued);
    expect(issued.own.map(({ epoch }) => epoch)).toEqual([4, 3]);
    expect(issued.jobs).toHaveLength(kind === "worker" ? 6 : 0);
  }
});

test.for([
  ["", "WRONG_TYPE", 1],
  ["type=worker\n", "WRONG_TYPE", 1],
  ["type=master\nepochs=1\n", "MISSING", 1],
  [`type=master\nsecret=${SECRET}\n`, "MISSING", 1],
  [`type=master\nsecret=${SECRET}0\nepochs=1\n`, "BAD_SECRET", 2],
  [`type=master\nsecret=${SECRET.slice(1)}g\nepochs=1\n`, "BAD_SECRET", 2],
  [`type=master\nsecret=${SECRET}\nepochs=0\n`, "BAD_EPOCH", 3],
  [`type=master\nsecret=${SECRET}\nepochs=65536\n`, "BAD_EPOCH", 3],
  [`type=master\nsecret=${SECRET}\nepochs=2,2\n`, "BAD_EPOCH", 3],
  [`type=master\nsecret=${SECRET}\nepochs=1,\n`, "BAD_EPOCH", 3],
  [`type=master\ntype=master\n`, "REPEATED", 2],
  [`type=master\nkey=${SECRET}\n`, "UNKNOWN_KEY", 2],
  ["should_be_changed\n", "NOT_A_SETTING", 1],
  ["=x\n", "NOT_A_SETTING", 1],
  ["#\n".repeat(100_001), "TOO_LONG", 100_001],
] as const)("refuses master file %j", ([text, code, line]) => {
  expect(() => parseMasterFile(Buffer.from(text))).toThrow(expect.objectContaining({ code, line }));
});

test.for([
  ["name=w\n", "WRONG_TYPE", 1],
  [`type=master\nname=w\nown_key=1 ${SECRET}\n`, "WRONG_TYPE", 1],
  [`type=worker\nown_key=1 ${SECRET}\n`, "MISSING", 1],
  ["type=worker\nname=w\n", "MISSING", 1],
  [`type=worker\nname=-w\nown_key=1 ${SECRET}\n`, "BAD_NAME", 2],
  [`type=worker\nname=w w\nown_key=1 ${SECRET}\n`, "BAD_NAME", 2],
  [`type=worker\nname=w\nown_key=${SECRET}\n`, "BAD_EPOCH", 3],
  [`type=worker\nname=w\nown_key=1 ${SECRET} more\n`, "BAD_SECRET", 3],
  [`type=worker\nname=w\njob_key=1 ${SECRET}\n`, "BAD_QUEUE", 3],
  [`type=worker\nname=w\njob_key=1 ${SECRET} ${"q".repeat(512)}\n`, "BAD_QUEUE", 3],
  [`type=worker\nname=w\njob_key=x ${SECRET} q\n`, "BAD_EPOCH", 3],
  ["type=worker\nname=w\nname=v\n", "REPEATED", 3],
  ["type=worker\nsecret=x\n", "UNKNOWN_KEY", 2],
] as const)("refuses identity file %j", ([text, code, line]) => {
  expect(() => parseIdentityFile(Buffer.from(text))).toThrow(expect.objectContaining({ code, line }));
});

test("no message holds anything of a file", () => {
  const text = `type=worker\nname=w\nown_key=1 ${SECRET}x\n`;
  expect(() => parseIdentityFile(Buffer.from(text))).toThrow(
    /^line 3: a secret is not 64 hexadecimal digits$/,
  );
});

test("names that are not plain are issued nothing", () => {
  for (const name of ["", ".", "a b", "a\n", "a".repeat(129), "\xe4"]) {
    expect(isIdentityName(name)).toBe(false);
    expect(() => issueIdentity(master, { kind: "sender", name, queues: [] })).toThrow(RangeError);
  }
});

test("reading throws KeyFileError only", () => {
  const line = fc.constantFrom(
    "type=worker",
    "type=master",
    "name=a",
    `own_key=1 ${SECRET}`,
    "epochs=1,2",
    "#",
    "",
  );
  const text = fc.array(fc.oneof(line, fc.string()), { maxLength: 8 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, (content) => {
      for (const read of [parseMasterFile, parseIdentityFile] as ((content: Buffer) => IdentityKeys)[])
        try {
          read(Buffer.from(content));
        } catch (error) {
          if (!(error instanceof KeyFileError)) throw error;
        }
    }),
  );
});
