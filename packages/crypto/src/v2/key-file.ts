import { KeyFileError } from "./key-file-error.ts";
import { identityId, identitySecret, jobSecret, MAX_QUEUE_BYTES, SECRET_BYTES } from "./key-schedule.ts";

/** The bridge's file: what all keys are made from. */
export interface MasterKeys {
  /** 32 bytes. */
  readonly secret: Buffer;
  /** At least one. New messages are sealed under the first, all are accepted. */
  readonly epochs: readonly number[];
}

interface OwnSecret {
  readonly epoch: number;
  readonly secret: Buffer;
}

/** The file of a worker or passive sender: keys of its own, and those of its queues. */
export interface IdentityKeys {
  readonly kind: "worker" | "sender";
  readonly name: string;
  /** At least one. New messages are sealed under the first. */
  readonly own: readonly OwnSecret[];
  /** Empty for a sender. */
  readonly jobs: readonly (OwnSecret & { readonly queue: Buffer })[];
}

const MAX_LINES = 100_000;
const MAX_EPOCHS = 16;
const HEX_SECRET = new RegExp(`^[0-9a-fA-F]{${2 * SECRET_BYTES}}$`);
/** Of an identity: fits into a log line, a file name and a list. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;
const EPOCH = /^[1-9][0-9]{0,4}$/;

interface Line {
  readonly number: number;
  readonly key: string;
  readonly value: string;
}

/** Lines `key=value` as latin1; empty ones and those that begin with `#` are comments. */
function linesOf(content: Buffer): Line[] {
  const lines: Line[] = [];
  for (const [at, raw] of content
    .toString("latin1")
    .split("\n", MAX_LINES + 1)
    .entries()) {
    const number = at + 1;
    if (number > MAX_LINES) throw new KeyFileError("TOO_LONG", number);
    const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (text.trim() === "" || text.startsWith("#")) continue;
    const equals = text.indexOf("=");
    if (equals < 1) throw new KeyFileError("NOT_A_SETTING", number);
    lines.push({ number, key: text.slice(0, equals), value: text.slice(equals + 1) });
  }
  return lines;
}

/** The type that the file says it has, before anything else is looked at. */
function typeOf<const T extends string>(lines: readonly Line[], types: readonly T[]): T {
  const line = lines.find(({ key }) => key === "type");
  const type = types.find((one) => one === line?.value);
  if (type === undefined) throw new KeyFileError("WRONG_TYPE", line?.number ?? 1);
  return type;
}

/** Lines whose keys occur once each. */
function singleOf(lines: readonly Line[], keys: readonly string[]): Map<string, Line> {
  const single = new Map<string, Line>();
  for (const line of lines) {
    if (!keys.includes(line.key)) throw new KeyFileError("UNKNOWN_KEY", line.number);
    if (single.has(line.key)) throw new KeyFileError("REPEATED", line.number);
    single.set(line.key, line);
  }
  return single;
}

function secretOf(text: string, line: number): Buffer {
  if (!HEX_SECRET.test(text)) throw new KeyFileError("BAD_SECRET", line);
  return Buffer.from(text, "hex");
}

function epochOf(text: string, line: number): number {
  const epoch = EPOCH.test(text) ? Number(text) : 0;
  if (epoch < 1 || epoch > 65_535) throw new KeyFileError("BAD_EPOCH", line);
  return epoch;
}

/** Whether an identity may have this name: 1 to 128 letters, digits and `._@-`, a letter or digit in front. */
export function isIdentityName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Reads a master file: `type=master`, `secret=` (64 hexadecimal digits), `epochs=` (numbers, the one in use first).
 * Source: envelope-v2.md 9.
 *
 * @throws KeyFileError
 */
export function parseMasterFile(content: Buffer): MasterKeys {
  const lines = linesOf(content);
  typeOf(lines, ["master"]);
  const values = singleOf(lines, ["type", "secret", "epochs"]);
  const [secret, epochs] = [values.get("secret"), values.get("epochs")];
  if (secret === undefined || epochs === undefined) throw new KeyFileError("MISSING", 1);
  const numbers = epochs.value.split(",").map((text) => epochOf(text, epochs.number));
  if (numbers.length > MAX_EPOCHS || new Set(numbers).size < numbers.length)
    throw new KeyFileError("BAD_EPOCH", epochs.number);
  return { secret: secretOf(secret.value, secret.number), epochs: numbers };
}

/** The file of {@link parseMasterFile}. */
export function printMasterFile({ secret, epochs }: MasterKeys): Buffer {
  return Buffer.from(`type=master\nsecret=${secret.toString("hex")}\nepochs=${epochs.join(",")}\n`, "latin1");
}

/**
 * Reads the file of a worker or sender: `type=worker` or `type=sender`, `name=`, for each epoch `own_key=EPOCH SECRET`, and for
 * a worker `job_key=EPOCH SECRET QUEUE`; a queue is the rest of its line. Source: envelope-v2.md 9.
 *
 * @throws KeyFileError
 */
export function parseIdentityFile(content: Buffer): IdentityKeys {
  const lines = linesOf(content);
  const kind = typeOf(lines, ["worker", "sender"]);
  const own = lines.filter(({ key }) => key === "own_key").map(ownSecretOf);
  const jobs = lines.filter(({ key }) => key === "job_key").map(jobSecretOf);
  const others = lines.filter(({ key }) => key !== "own_key" && key !== "job_key");
  const name = singleOf(others, ["type", "name"]).get("name");
  if (name === undefined || own.length === 0) throw new KeyFileError("MISSING", 1);
  if (!isIdentityName(name.value)) throw new KeyFileError("BAD_NAME", name.number);
  return { kind, name: name.value, own, jobs };
}

function ownSecretOf({ value, number }: Line): OwnSecret {
  const [epoch = "", secret = "", ...rest] = value.split(" ");
  if (rest.length > 0) throw new KeyFileError("BAD_SECRET", number);
  return { epoch: epochOf(epoch, number), secret: secretOf(secret, number) };
}

function jobSecretOf({ value, number }: Line): IdentityKeys["jobs"][number] {
  const [epoch = "", secret = "", ...rest] = value.split(" ");
  const queue = Buffer.from(rest.join(" "), "latin1");
  if (queue.length === 0 || queue.length > MAX_QUEUE_BYTES) throw new KeyFileError("BAD_QUEUE", number);
  return { epoch: epochOf(epoch, number), secret: secretOf(secret, number), queue };
}

/** The file of {@link parseIdentityFile}. */
export function printIdentityFile({ kind, name, own, jobs }: IdentityKeys): Buffer {
  const lines = [
    `type=${kind}`,
    `name=${name}`,
    ...own.map(({ epoch, secret }) => `own_key=${epoch} ${secret.toString("hex")}`),
    ...jobs.map(
      ({ epoch, secret, queue }) => `job_key=${epoch} ${secret.toString("hex")} ${queue.toString("latin1")}`,
    ),
  ];
  return Buffer.from(`${lines.join("\n")}\n`, "latin1");
}

/**
 * The keys of a worker or sender, for all epochs of the master.
 *
 * @param queues of a worker; ignored for a sender
 * @throws RangeError for a name that `isIdentityName` does not accept, or a queue of 0 or more than 511 bytes
 */
export function issueIdentity(
  master: MasterKeys,
  { kind, name, queues }: { kind: "worker" | "sender"; name: string; queues: readonly Buffer[] },
): IdentityKeys {
  if (!isIdentityName(name)) throw new RangeError("name of an identity: letters, digits and ._@-");
  const direction = kind === "worker" ? "result" : "passive";
  const id = identityId(Buffer.from(name, "latin1"));
  const own = master.epochs.map((epoch) => ({
    epoch,
    secret: identitySecret(master.secret, direction, id, epoch),
  }));
  const jobs = (kind === "worker" ? queues : []).flatMap((queue) =>
    master.epochs.map((epoch) => ({ epoch, queue, secret: jobSecret(master.secret, queue, epoch) })),
  );
  return { kind, name, own, jobs };
}
