import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Chance, must, mutate, only, type Target } from "../../../protocol/scripts/fuzz-loop.ts";
import {
  IdentityList,
  isIdentityName,
  issueIdentity,
  KeyFileError,
  parseEnrolAnswer,
  parseEnrolRequest,
  parseIdentityFile,
  parseMasterFile,
  parseTicket,
  printEnrolAnswer,
  printEnrolRequest,
  printIdentityFile,
  printMasterFile,
  printTicket,
  TicketError,
} from "../../src/index.ts";
import { vectors } from "./envelope-vectors.ts";

const PREFIX = "mgt1-";
const CHECK_BYTES = 4;
const tickets = vectors.enrolment.tickets.map(({ text }) => Buffer.from(text, "latin1"));
const bodies = tickets.map((text) =>
  Buffer.from(text.toString("latin1", PREFIX.length), "base64url").subarray(0, -CHECK_BYTES),
);
const master = { secret: Buffer.alloc(32, 1), epochs: [2, 1] };
const queues = [Buffer.from("service"), Buffer.from("hostgroup_\xe4", "latin1")];
const worker = printIdentityFile(issueIdentity(master, { kind: "worker", name: "web-1", queues }));
const keyFiles = [
  worker,
  printIdentityFile(issueIdentity(master, { kind: "sender", name: "app", queues: [] })),
  printMasterFile(master),
];
const requests = [
  printEnrolRequest({ kind: "redeem", host: "web-1", publicKey: Buffer.alloc(32, 7) }),
  printEnrolRequest({ kind: "renew", host: "web-1" }),
];
const request = `${"07".repeat(16)} 1`;
const answers = [
  printEnrolAnswer({ request, status: "OK", file: worker, resultQueue: queues[0] ?? worker, envelope: "v2" }),
  printEnrolAnswer({
    request,
    status: "OK",
    missing: 3,
    jobs: queues.map((queue) => ({ queue, data: queue })),
  }),
  printEnrolAnswer({ request, status: "REVOKED" }),
];
const lists = [
  "worker web-1 service\nworker web-1 host\nsender app app-*\nrevoked old\nend\n",
  "# list\nsender a *-*\n\nend\n",
].map((text) => Buffer.from(text, "latin1"));

const damaged =
  (from: readonly Buffer[]) =>
  (chance: Chance): Buffer =>
    mutate(chance.pick(from), chance);

/** Only what a printer would have written is a ticket. */
function checkTicket(text: string): void {
  const ticket = only(TicketError, () => parseTicket(text));
  must(
    ticket === undefined || printTicket(ticket) === text.trim(),
    "a ticket that is printed in another way",
  );
}

/** What is read is printed to a text that is read as the same. */
function isStable<T>(
  value: T | undefined,
  print: (value: T) => Buffer,
  parse: (text: Buffer) => T | undefined,
): void {
  if (value !== undefined)
    must(isDeepStrictEqual(parse(print(value)), value), "printed and read again it is another one");
}

/** Inputs for what reads tickets, requests for keys and their answers, key files and the list of identities. */
export const enrolmentTargets: Target[] = [
  { name: "ticket", make: damaged(tickets), check: (input) => checkTicket(input.toString("latin1")) },
  {
    name: "ticket with the right check",
    make: damaged(bodies),
    check: (body) => {
      const check = createHash("sha256").update(body).digest().subarray(0, CHECK_BYTES);
      checkTicket(PREFIX + Buffer.concat([body, check]).toString("base64url"));
    },
  },
  {
    name: "request for keys",
    make: damaged(requests),
    check: (input) => {
      const found = parseEnrolRequest(input);
      must(found === undefined || isIdentityName(found.host), "a host that is no name");
      isStable(found, printEnrolRequest, parseEnrolRequest);
    },
  },
  {
    name: "answer to it",
    make: damaged(answers),
    check: (input) => isStable(parseEnrolAnswer(input), printEnrolAnswer, parseEnrolAnswer),
  },
  {
    name: "key file",
    make: damaged(keyFiles),
    check: (input) => {
      isStable(
        only(KeyFileError, () => parseIdentityFile(input)),
        printIdentityFile,
        parseIdentityFile,
      );
      isStable(
        only(KeyFileError, () => parseMasterFile(input)),
        printMasterFile,
        parseMasterFile,
      );
    },
  },
  {
    name: "list of identities",
    make: damaged(lists),
    check: (input, chance) => {
      const list = only(KeyFileError, () => new IdentityList(input));
      for (const { name } of list?.all() ?? []) must(isIdentityName(name), "an identity that has no name");
      list?.mayReport(chance.bytes(8), chance.bytes(40));
      must(
        list === undefined || input.length === 0 || input.at(-1) === 0x0a,
        "a list that does not end with its line",
      );
    },
  },
];
