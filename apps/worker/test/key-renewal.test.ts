import type { ServerAddress } from "@mod-gearman/base";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  envelopeKey,
  type IdentityKeys,
  identityId,
  issueIdentity,
  type MasterKeys,
  parseEnrolRequest,
  printEnrolAnswer,
  printIdentityFile,
  requestId,
} from "@mod-gearman/crypto";
import { AskError } from "@mod-gearman/enrolment";
import { memoryLogger } from "@mod-gearman/observe";
import { loadWorker } from "@mod-gearman/program";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { KeyRenewal } from "../src/key-renewal.ts";
import { type Settings, toSettings } from "../src/settings.ts";
import { noFiles } from "./worker-world.ts";

const QUEUE = Buffer.from("mod_gearman_enroll");
const SERVICE = Buffer.from("service");
const master: MasterKeys = { secret: Buffer.alloc(32, 1), epochs: [1] };
const keysOf = (epochs: readonly number[], name = "w1"): IdentityKeys =>
  issueIdentity({ ...master, epochs }, { kind: "worker", name, queues: [SERVICE] });

function settingsWith(...args: string[]): Settings {
  const request = loadWorker(
    [
      ...["--server=a:1", "--services=yes", "--encryption=no", "--envelope=v2", "--identifier=w1"],
      ...["--envelope_identity_file=/keys", "--envelope_renew_interval=60", ...args],
    ],
    { ...noFiles, readFile: () => printIdentityFile(keysOf([1])) },
  );
  if (!("options" in request)) throw new Error("no options");
  return toSettings(request.options, {
    hostName: "testhost",
    perlScripts: { bundled: () => "/bundled.pl", isOurs: () => false },
    nowMicros: () => 0n,
    identity: () => {
      throw new Error("no run_as");
    },
  });
}

/** A bridge that gives the keys of `issued.keys`. */
function setup() {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const issued: { keys: IdentityKeys; failure?: Error } = { keys: keysOf([1]) };
  /** Epochs that requests were sealed under. */
  const asked: number[] = [];
  const written: string[] = [];
  const problem: { error?: Error } = {};
  const said: string[] = [];
  let lines = 0;
  const answer = (request: Buffer): Buffer => {
    const id = identityId(Buffer.from("w1"));
    const all = keysOf([1, 2]).own;
    const own = (direction: "enrol-request" | "enrol-answer", epoch: number) =>
      envelopeKey({
        direction,
        id,
        epoch,
        secret: all.find((one) => one.epoch === epoch)?.secret ?? SERVICE,
      });
    const find = ({ epoch }: { epoch: number }) => own("enrol-request", epoch);
    const opener = new EnvelopeOpener({ direction: "enrol-request", keys: { find }, maxTextBytes: 1000 });
    const opened = opener.open(request, QUEUE);
    if ("refused" in opened) throw new Error(opened.refused);
    expect(parseEnrolRequest(opened.text)).toEqual({ kind: "renew", host: "testhost" });
    asked.push(opened.header.epoch);
    const text = printEnrolAnswer({
      request: requestId(opened.header),
      status: "OK",
      file: printIdentityFile(issued.keys),
    });
    const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 9), nowMs: () => 0 });
    return sealer.seal(own("enrol-answer", opened.header.epoch), QUEUE, text);
  };
  const world = {
    ...{ clock, logger, hostName: "testhost", nowMicros: () => 0n },
    connectBridge: (servers: readonly ServerAddress[], queue: Buffer) => {
      expect([servers, queue]).toEqual([[{ host: "a", port: 1 }], QUEUE]);
      lines += 1;
      return {
        send: async (request: Buffer) => {
          if (issued.failure !== undefined) throw issued.failure;
          return answer(request);
        },
        close: async () => {
          lines -= 1;
        },
      };
    },
    writeKeys: async (path: string, content: Buffer) => {
      if (problem.error !== undefined) throw problem.error;
      written.push(`${path} ${content}`);
    },
  };
  const renewal = new KeyRenewal(world, {
    onRevoked: () => said.push("revoked"),
    onAccepted: () => said.push("accepted"),
  });
  return { clock, logger, said, issued, asked, written, problem, renewal, open: () => lines };
}

test("the bridge is asked at the start and each interval, and the same keys change nothing", async () => {
  const { clock, logger, asked, written, renewal, open } = setup();
  renewal.use(settingsWith());
  await settle();
  expect(asked).toEqual([1]);
  clock.tick(59_000);
  await settle();
  expect(asked).toEqual([1]);
  clock.tick(1000);
  await settle();
  expect([asked, written, logger.lines, open()]).toEqual([[1, 1], [], [], 0]);
  renewal.close();
  clock.tick(600_000);
  await settle();
  expect(asked).toHaveLength(2);
});

test("new keys are written, used, and shown to the bridge at once", async () => {
  const { issued, asked, written, logger, renewal } = setup();
  issued.keys = keysOf([2, 1]);
  const settings = settingsWith();
  renewal.use(settings);
  await settle();
  expect(asked).toEqual([1, 2]);
  expect(written).toEqual([`/keys ${printIdentityFile(issued.keys)}`]);
  expect(settings.sealed?.identity).toEqual(issued.keys);
  expect(logger.lines).toEqual(["info: envelope: worker w1 has new keys from the bridge, of epochs 2, 1"]);
  const result = settings.sealed?.seal(Buffer.from("check_results"), Buffer.from("x"));
  expect(result?.readUInt16BE(2)).toBe(2);
});

test("keys that cannot be written are used, but not shown to the bridge as kept; they are written once that works", async () => {
  const { clock, issued, problem, asked, written, logger, renewal } = setup();
  issued.keys = keysOf([2, 1]);
  problem.error = new Error("EROFS: read-only file system");
  const settings = settingsWith();
  renewal.use(settings);
  await settle();
  expect(settings.sealed?.identity).toEqual(issued.keys);
  expect(logger.lines.join("\n")).toMatch(/error: new keys cannot be written, .*EROFS/);
  clock.tick(60_000);
  await settle();
  expect(asked).toEqual([1, 1]);
  delete problem.error;
  clock.tick(60_000);
  await settle();
  expect(written).toEqual([`/keys ${printIdentityFile(issued.keys)}`]);
  clock.tick(60_000);
  await settle();
  expect(asked.slice(0, 3)).toEqual([1, 1, 1]);
  expect(asked.slice(3)).toContain(2);
});

test("an answer to former settings says nothing about those that are in use, which are asked for at once", async () => {
  const { clock, asked, issued, renewal, said } = setup();
  issued.failure = new AskError("REVOKED", "the sender of the message has been revoked");
  renewal.use(settingsWith());
  renewal.use(settingsWith());
  await settle();
  delete issued.failure;
  clock.tick(0);
  await settle();
  expect([asked, said]).toEqual([[1], ["accepted"]]);
  clock.tick(60_000);
  await settle();
  expect(asked).toEqual([1, 1]);
});

test.for([
  [new AskError("REVOKED", "the sender of the message has been revoked"), /gives no keys: .* \(REVOKED\)/],
  [new Error("defect"), /cannot be asked for keys: defect/],
] as const)("%s is logged, and the bridge asked again", async ([failure, line]) => {
  const { clock, issued, asked, logger, renewal, said } = setup();
  issued.failure = failure;
  renewal.use(settingsWith());
  await settle();
  expect(logger.lines).toEqual([expect.stringMatching(line)]);
  delete issued.failure;
  clock.tick(60_000);
  await settle();
  expect(asked).toEqual([1]);
  expect(said).toEqual(failure instanceof AskError ? ["revoked", "accepted"] : ["accepted"]);
});

test("keys of another worker are not taken", async () => {
  const { issued, written, logger, renewal } = setup();
  issued.keys = keysOf([1], "w2");
  const settings = settingsWith();
  renewal.use(settings);
  await settle();
  expect(settings.sealed?.identity).toEqual(keysOf([1]));
  expect(written).toEqual([]);
  expect(logger.lines.join()).toContain("BAD_ANSWER");
});

test("the bridge is not asked where that is off, which is the default", async () => {
  const { asked, renewal, clock } = setup();
  renewal.use(settingsWith("--envelope_renew_interval=0"));
  await settle();
  clock.tick(600_000);
  await settle();
  expect(asked).toEqual([]);
});
