import { randomBytes } from "node:crypto";
import { type Logger, omitUndefined } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  bridgeAgreement,
  type EnrolAnswer,
  type EnrolRefusal,
  type EnrolRequest,
  type EnvelopeHeader,
  type EnvelopeKey,
  EnvelopeOpener,
  EnvelopeSealer,
  enrolRefusalText,
  envelopeKey,
  type Identity,
  identitySecret,
  issueIdentity,
  MAX_REQUEST_BYTES,
  parseEnrolRequest,
  printEnrolAnswer,
  printIdentityFile,
  readHeader,
  requestId,
  ticketSecret,
} from "@mod-gearman/crypto";
import { newestFirst, type TicketFolder, type TicketState } from "@mod-gearman/enrolment";
import { type Micros, printJob } from "@mod-gearman/payload";
import type { BridgeEnvelope } from "./bridge-envelope.ts";
import { type Enrolments, TEST_HOST } from "./enrolments.ts";
import { KeyHolders } from "./key-holders.ts";
import { objectKey } from "./object-key.ts";

export interface DeskOptions {
  readonly options: Pick<ModuleOptions, "enrollQueue" | "resultQueue" | "envelope">;
  readonly envelope: BridgeEnvelope;
  readonly folder: TicketFolder;
  readonly enrolments: Enrolments;
  readonly logger: Logger;
  /** Time of day. */
  readonly nowMicros: () => Micros;
  /** Reads the list of identities now, if it has changed. */
  readonly reread: () => void;
  /** A ticket is redeemed a second time. */
  readonly onAlarm: (ticket: TicketState, host: string) => void;
}

/** Who asks, as the header says; proven once the request is open. */
type Asker =
  | { readonly ticket: TicketState; readonly secret: Buffer }
  | { readonly identity: Identity; readonly secret: Buffer };

/** What an answer is made of, and the secret that it is sealed under. */
interface Grant {
  readonly fields: Omit<EnrolAnswer, "request" | "status">;
  readonly secret: Buffer;
}

const TEST_TIMEOUT_SECONDS = 60;
const MAX_TEST_QUEUES = 16;
/** A request that redeemed a ticket may come again: the job server handed it out twice, or the answer was lost. */
const AGAIN_MS = 600_000;
const TEST_COMMAND = Buffer.from("/bin/echo enrolled", "latin1");

/** Answers requests for keys. Source: envelope-v2.md 11 and 12. */
export class EnrolmentDesk {
  readonly #options: DeskOptions;
  readonly #sealer: EnvelopeSealer;
  readonly #holders: KeyHolders;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#holders = new KeyHolders(options.folder);
    this.#sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: () => this.#nowMs() });
  }

  /**
   * @returns undefined for a request that gets no answer, as nothing proves who asks
   * @throws the error of `node:fs` where the folder of tickets cannot be used
   */
  async answer(data: Buffer): Promise<Buffer | undefined> {
    const { enrolments, options } = this.#options;
    if (!enrolments.mayLook()) return this.#refuse("TOO_MANY", "several machines");
    const header = readHeader(data);
    const asker = header === undefined ? undefined : await this.#askerOf(header);
    const key = asker && header && askKey(asker, header);
    const opener = new EnvelopeOpener({
      direction: "enrol-request",
      keys: { find: () => key ?? "UNKNOWN_KEY" },
      maxTextBytes: MAX_REQUEST_BYTES,
    });
    const opened = opener.open(data, options.enrollQueue);
    if ("refused" in opened || asker === undefined)
      return this.#refuse("refused" in opened ? opened.refused : "UNKNOWN_KEY", claimOf(asker, header));
    const request = parseEnrolRequest(opened.text);
    const grant = request === undefined ? "MALFORMED" : await this.#grant(request, asker, opened.header);
    if (typeof grant === "string") this.#refuse(grant, `${nameOf(asker)} at ${request?.host ?? "?"}`);
    const { fields, secret, status } =
      typeof grant === "string"
        ? { fields: {}, secret: asker.secret, status: grant }
        : { ...grant, status: "OK" as const };
    const answer = printEnrolAnswer({ request: requestId(opened.header), status, ...fields });
    return this.#sealer.seal(answerKeyOf(asker, opened.header, secret), options.enrollQueue, answer);
  }

  #refuse(reason: EnrolRefusal, who: string): undefined {
    this.#options.enrolments.refusals.refused(reason, enrolRefusalText(reason), who);
  }

  async #askerOf({ epoch, keyId }: EnvelopeHeader): Promise<Asker | undefined> {
    const { envelope, folder } = this.#options;
    const { master, identities } = envelope;
    if (epoch === 0) {
      const ticket = await folder.find(keyId.toString("hex"));
      return ticket && { ticket, secret: ticketSecret(master.secret, ticket.seed) };
    }
    const identity = identities?.find(keyId);
    if (identity === undefined || !master.epochs.includes(epoch)) return undefined;
    const direction = identity.kind === "worker" ? "result" : "passive";
    return { identity, secret: identitySecret(master.secret, direction, keyId, epoch) };
  }

  #grant(
    request: EnrolRequest,
    asker: Asker,
    header: EnvelopeHeader,
  ): Promise<Grant | EnrolRefusal> | Grant | EnrolRefusal {
    const { kind } = request;
    if ("ticket" in asker) return kind === "redeem" ? this.#redeem(request, asker) : "NOT_ALLOWED";
    if (asker.identity.isRevoked) return "REVOKED";
    if (kind === "redeem") return "NOT_ALLOWED";
    if (kind === "renew") return this.#renew(request, asker, header);
    if (asker.identity.kind !== "worker") return "NOT_ALLOWED";
    return kind === "test" ? this.#test(asker) : this.#tested(asker);
  }

  async #redeem(
    { host, publicKey = Buffer.alloc(0) }: EnrolRequest,
    { ticket, secret }: Extract<Asker, { ticket: TicketState }>,
  ): Promise<Grant | EnrolRefusal> {
    const { envelope, folder, enrolments, logger, reread } = this.#options;
    reread(); // the line of a worker may be as new as its ticket
    const { id, name, kind, expiresMs, redeemed, revokedMs } = ticket;
    const identity = envelope.identities?.all().find((one) => one.name === name && one.kind === kind);
    if (redeemed !== undefined && !redeemed.publicKey.equals(publicKey)) return this.#alarm(ticket, host);
    // who has recorded the request can send it without any key: that is no alarm
    if (redeemed !== undefined && !this.#isAgain(redeemed)) return "REPLAYED";
    if (revokedMs !== undefined || identity?.isRevoked === true) return "REVOKED";
    if (redeemed === undefined && this.#nowMs() > expiresMs) return "EXPIRED";
    if (identity === undefined) return "NOT_ALLOWED";
    const agreed = bridgeAgreement(envelope.master.secret).answerSecret(secret, publicKey);
    if (agreed === undefined) return "MALFORMED";
    const redemption = { atMs: this.#nowMs(), host, publicKey };
    if (redeemed === undefined && !(await folder.redeem(id, redemption))) {
      const now = await folder.find(id);
      if (now?.redeemed?.publicKey.equals(publicKey) !== true) return this.#alarm(now ?? ticket, host);
    }
    enrolments.grant("redeem");
    logger.info(`ticket ${id} was redeemed by ${host}: it is ${kind} ${name} now`);
    return { fields: this.#keysOf(identity), secret: agreed };
  }

  /** Whether the request that redeemed a ticket is still answered when it comes again. */
  #isAgain({ atMs }: NonNullable<TicketState["redeemed"]>): boolean {
    return Math.abs(this.#nowMs() - atMs) < AGAIN_MS;
  }

  async #alarm(ticket: TicketState, host: string): Promise<EnrolRefusal> {
    const { folder, onAlarm } = this.#options;
    onAlarm(ticket, host);
    await folder.alarm(ticket.id, { atMs: this.#nowMs(), host });
    return "REDEEMED";
  }

  async #renew(
    { host }: EnrolRequest,
    { identity, secret }: Extract<Asker, { identity: Identity }>,
    { epoch }: EnvelopeHeader,
  ): Promise<Grant> {
    const { enrolments, envelope } = this.#options;
    const newest = Math.max(...envelope.master.epochs);
    await this.#holders.shown({ name: identity.name, epoch, atMs: this.#nowMs(), host }, newest);
    enrolments.grant("renew");
    return { fields: this.#keysOf(identity), secret };
  }

  #keysOf({ kind, name, grants }: Identity): Grant["fields"] {
    const { envelope, options } = this.#options;
    const queues = kind === "worker" ? grants.map((grant) => Buffer.from(grant, "latin1")) : [];
    return {
      file: printIdentityFile(issueIdentity(newestFirst(envelope.master), { kind, name, queues })),
      resultQueue: options.resultQueue,
      envelope: options.envelope === "v2" ? "v2" : "both",
    };
  }

  #test({ identity, secret }: Extract<Asker, { identity: Identity }>): Grant {
    const { envelope, options, enrolments, nowMicros } = this.#options;
    const serviceDescription = Buffer.from(identity.name, "latin1");
    const key = objectKey(TEST_HOST, serviceDescription);
    for (const id of enrolments.endTest(identity.name)) envelope.withdraw(id);
    const ids: string[] = [];
    const jobs = identity.grants.slice(0, MAX_TEST_QUEUES).flatMap((grant) => {
      const queue = Buffer.from(grant, "latin1");
      const binding = envelope.bind(queue, TEST_TIMEOUT_SECONDS, key);
      if (binding === undefined) return [];
      if (binding.jobId !== undefined) ids.push(binding.jobId);
      const text = printJob({
        kind: "service",
        resultQueue: options.resultQueue,
        targetQueue: queue,
        hostName: TEST_HOST,
        serviceDescription,
        coreTime: nowMicros(),
        timeoutSeconds: TEST_TIMEOUT_SECONDS,
        commandLine: TEST_COMMAND,
        ...binding,
      });
      return [{ queue, data: envelope.seal({ queue, text }) }];
    });
    for (const id of enrolments.beginTest(identity.name, ids)) envelope.withdraw(id);
    enrolments.grant("test");
    return { fields: { jobs }, secret };
  }

  #tested({ identity, secret }: Extract<Asker, { identity: Identity }>): Grant | EnrolRefusal {
    const { enrolments } = this.#options;
    const missing = enrolments.missing(identity.name);
    if (missing === undefined) return "NOT_IN_FLIGHT";
    enrolments.grant("tested");
    return { fields: { missing }, secret };
  }

  #nowMs(): number {
    return Number(this.#options.nowMicros() / 1000n);
  }
}

function askKey({ secret, ...asker }: Asker, { epoch, keyId }: EnvelopeHeader): EnvelopeKey {
  const id = "ticket" in asker ? undefined : keyId;
  return envelopeKey({ direction: "enrol-request", epoch, secret, ...omitUndefined({ id }) });
}

function answerKeyOf(asker: Asker, { epoch, keyId }: EnvelopeHeader, secret: Buffer): EnvelopeKey {
  const id = "ticket" in asker ? undefined : keyId;
  return envelopeKey({ direction: "enrol-answer", epoch, secret, ...omitUndefined({ id }) });
}

/** Who has sent a request that nothing proves, for logs: its header may name one that is to be blamed. */
function claimOf(asker: Asker | undefined, header: EnvelopeHeader | undefined): string {
  if (header === undefined) return "a machine without name";
  if (asker === undefined)
    return `a machine with the unknown ${header.epoch === 0 ? "ticket" : "identity"} ${header.keyId.toString("hex")}`;
  if ("identity" in asker) return `a machine that calls itself ${nameOf(asker)}`;
  const { id, kind, name } = asker.ticket;
  return `a machine that names ticket ${id} of ${kind} ${name}`;
}

/** Who has sent a request that was opened, for logs. */
function nameOf(asker: Asker): string {
  if ("identity" in asker) return `${asker.identity.kind} ${asker.identity.name}`;
  const { id, kind, name } = asker.ticket;
  return `a machine with ticket ${id} of ${kind} ${name}`;
}
