import { randomBytes } from "node:crypto";
import { base64, legacyBytes, ownKey, type SealingKey, seal } from "./attacker-envelope.ts";
import { KEY } from "./workers.ts";

/* What an attacker sends, in both forms, with how each answers. `docs/security.md` has the same as a table. */

export const RESULTS = "check_results";
export const MASTER: Buffer = Buffer.alloc(32, 0x41);
export const OTHER_SITE = Buffer.alloc(32, 0x42);
export const OTHER_KEY = "the-key-of-another-site-xxxxxxxx";
/** The epoch in use; 1 was taken away. */
export const EPOCH = 2;
export const DAY_MS = 86_400_000;
/** Master file of the bridge of this site. */
export const MASTER_FILE = `type=master\nsecret=${MASTER.toString("hex")}\nepochs=${EPOCH}\n`;
/** The file that a bridge of this site reads; sender and workers are those below. */
export const IDENTITIES = [
  ...["worker w1 service", "worker w1 host", "worker w2 tenant_b", "worker old service", "revoked old"],
  ...["sender app host-01", "end", ""],
].join("\n");

export const w1: SealingKey = ownKey(MASTER, "result", "w1", EPOCH);
export const app: SealingKey = ownKey(MASTER, "passive", "app", EPOCH);

/** A check under way, whose job the attacker has seen. */
export interface SeenJob {
  readonly host: string;
  readonly service: string;
  readonly coreTime: string;
  /** Absent in the legacy form. */
  readonly id: string | undefined;
  /** As it was in the queue. */
  readonly payload: Buffer;
}

export interface Scene {
  /** Under way, of different services. */
  readonly job: SeenJob;
  readonly other: SeenJob;
}

/** What becomes of it: taken, or refused under a reason. */
export type Fate = "taken" | "refused";

interface Attack {
  readonly name: string;
  /** Under which version 2 counts it. */
  readonly reason: string;
  readonly legacyFate: Fate;
}

/** Sent to the result queue. */
export interface ResultAttack extends Attack {
  /** The check of its object stays under way. */
  readonly isPassive?: boolean;
  /** Sent before, and to be taken: what is then repeated. */
  readonly honestFirst?: boolean;
  sealed(scene: Scene): Buffer;
  legacy(scene: Scene): Buffer;
}

/** Sent to queue `service`, to a worker that serves `service` and `host`. */
export interface JobAttack extends Attack {
  readonly honestFirst?: boolean;
  /** @param command that shows that it ran */
  sealed(command: string): Buffer;
  legacy(command: string): Buffer;
}

interface ResultFields {
  readonly type?: "active" | "passive";
  readonly id?: string | undefined;
  readonly output?: string;
  readonly code?: number;
}

function resultText(
  job: SeenJob,
  { type = "active", id = job.id, output = "ATTACK", code = 0 }: ResultFields = {},
): string {
  const now = (Date.now() / 1000).toFixed(6);
  const lines = [
    ...[`type=${type}`, `host_name=${job.host}`, `service_description=${job.service}`],
    ...[`core_start_time=${job.coreTime}`, `start_time=${now}`, `finish_time=${now}`],
    ...[`return_code=${code}`, "exited_ok=1", "source=Mod-Gearman Worker @ w1"],
    ...(id === undefined ? [] : [`job_id=${id}`]),
    `output=${output}`,
  ];
  return `${lines.join("\n")}\n\n\n`;
}

let counter = 0;
const BOOT = randomBytes(16);

export function sealNow(
  key: SealingKey,
  text: string,
  over: { queue?: string; timeMs?: number; boot?: Buffer } = {},
): Buffer {
  counter += 1;
  const { queue = RESULTS, timeMs = Date.now(), boot = BOOT } = over;
  return seal(key, text, { queue, boot, counter, timeMs });
}

export const legacy = (text: string, key = KEY): Buffer => base64(legacyBytes(key, text));
const active = (key: SealingKey, { job }: Scene, fields: ResultFields = {}): Buffer =>
  sealNow(key, resultText(job, fields));
const passive = (job: SeenJob): string => resultText(job, { type: "passive", id: undefined });

/** The same with a bit of its text changed, from the end: in the output, behind which all is padding. */
export function changed(message: Buffer, fromEnd: number): Buffer {
  const copy = Buffer.from(message);
  const at = copy.length - fromEnd;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Long enough that whole blocks of it can be missing or wrong. */
const LONG = { output: `ATTACK ${"x".repeat(96)}` };

/** Blocks of the head of one result before the tail of another, aligned as the attacker finds them. */
function splicedLegacy({ job, other }: Scene): Buffer {
  const head = legacyBytes(KEY, alignedHead(job, 2));
  const tail = legacyBytes(KEY, alignedHead(other, 0));
  return base64(Buffer.concat([head.subarray(0, ALIGNED), tail.subarray(ALIGNED)]));
}
const ALIGNED = 160;

/** A result of which the first 160 bytes name the object, and the rest says how it is. */
function alignedHead(job: SeenJob, code: number): string {
  const [names = "", rest = ""] = resultText(job, { code, id: undefined }).split("return_code=", 2);
  return `${names.trimEnd()}\n`
    .padEnd(ALIGNED - 1, "0")
    .concat("\n")
    .replace(/\n(0+)\n$/, (_, fill) => `\nx=${fill.slice(2)}\n`)
    .concat(`return_code=${rest}`);
}

function splicedSealed(scene: Scene): Buffer {
  const [head, tail] = [
    active(w1, scene, LONG),
    sealNow(w1, resultText(scene.other, LONG), { boot: randomBytes(16) }),
  ];
  return Buffer.concat([head.subarray(0, 200), tail.subarray(200)]);
}

export const resultAttacks: readonly ResultAttack[] = [
  {
    name: "a result, sent again while the next check of the object is under way",
    reason: "NOT_IN_FLIGHT",
    legacyFate: "taken",
    honestFirst: true,
    sealed: (scene) => active(w1, scene),
    legacy: ({ job }) => legacy(resultText(job)),
  },
  {
    name: "a result with a bit changed, without any key",
    reason: "NOT_AUTHENTIC",
    legacyFate: "taken",
    sealed: (scene) => changed(active(w1, scene, LONG), 60),
    legacy: ({ job }) => base64(changed(legacyBytes(KEY, resultText(job, LONG)), 60)),
  },
  {
    name: "a result joined of two, without any key",
    reason: "NOT_AUTHENTIC",
    legacyFate: "taken",
    sealed: splicedSealed,
    legacy: splicedLegacy,
  },
  {
    name: "a result that was cut, without any key",
    reason: "NOT_AUTHENTIC",
    legacyFate: "taken",
    sealed: (scene) => active(w1, scene, LONG).subarray(0, -48),
    legacy: ({ job }) => base64(legacyBytes(KEY, resultText(job, LONG)).subarray(0, -48)),
  },
  {
    name: "noise behind the head of a result, without any key",
    reason: "NOT_AUTHENTIC",
    legacyFate: "refused",
    sealed: (scene) => Buffer.concat([active(w1, scene).subarray(0, 40), randomBytes(120)]),
    legacy: () => base64(randomBytes(160)),
  },
  {
    name: "a result under the key of another site",
    reason: "NOT_AUTHENTIC",
    legacyFate: "refused",
    sealed: (scene) => active(ownKey(OTHER_SITE, "result", "w1", EPOCH), scene),
    legacy: ({ job }) => legacy(resultText(job), OTHER_KEY),
  },
  {
    name: "a result under a key that was taken away",
    reason: "UNKNOWN_KEY",
    legacyFate: "refused",
    sealed: (scene) => active(ownKey(MASTER, "result", "w1", 1), scene),
    legacy: ({ job }) => legacy(resultText(job), "the-key-of-last-year-xxxxxxxxxxx"),
  },
  {
    name: "a result, forged with the shared key that each worker has",
    reason: "NOT_SEALED_V2",
    legacyFate: "taken",
    sealed: ({ job }) => legacy(resultText(job, { id: undefined })),
    legacy: ({ job }) => legacy(resultText(job)),
  },
  {
    name: "a result of a worker that was revoked",
    reason: "REVOKED",
    legacyFate: "taken",
    sealed: (scene) => active(ownKey(MASTER, "result", "old", EPOCH), scene),
    legacy: ({ job }) => legacy(resultText(job)),
  },
  {
    name: "a result of a worker of another tenant",
    reason: "NOT_ALLOWED",
    legacyFate: "taken",
    sealed: (scene) => active(ownKey(MASTER, "result", "w2", EPOCH), scene),
    legacy: ({ job }) => legacy(resultText(job)),
  },
  {
    name: "a result for another service than its job",
    reason: "WRONG_OBJECT",
    legacyFate: "taken",
    sealed: ({ job, other }) => sealNow(w1, resultText(job, { id: other.id })),
    legacy: ({ job, other }) => legacy(resultText({ ...job, coreTime: other.coreTime })),
  },
  {
    name: "a result that no job asked for",
    reason: "NOT_IN_FLIGHT",
    legacyFate: "taken",
    sealed: (scene) => active(w1, scene, { id: "A".repeat(48) }),
    legacy: ({ job }) => legacy(resultText({ ...job, coreTime: "1700000000.000000" })),
  },
  {
    name: "a result without the id of a job",
    reason: "MALFORMED",
    legacyFate: "taken",
    sealed: ({ job }) => sealNow(w1, resultText({ ...job, id: undefined })),
    legacy: ({ job }) => legacy(resultText(job)),
  },
  {
    name: "a result that was sealed for another result queue",
    reason: "NOT_AUTHENTIC",
    legacyFate: "taken",
    sealed: ({ job }) => sealNow(w1, resultText(job), { queue: "other_results" }),
    legacy: ({ job }) => legacy(resultText(job)),
  },
  {
    name: "a job in the result queue",
    reason: "WRONG_DIRECTION",
    legacyFate: "refused",
    sealed: ({ job }) => job.payload,
    legacy: ({ job }) => job.payload,
  },
  {
    name: "a passive result of a worker",
    isPassive: true,
    reason: "NOT_ALLOWED",
    legacyFate: "taken",
    sealed: ({ job }) => sealNow(w1, passive(job)),
    legacy: ({ job }) => legacy(passive(job)),
  },
  {
    name: "an active result of a passive sender",
    reason: "NOT_ALLOWED",
    legacyFate: "taken",
    sealed: (scene) => active(app, scene),
    legacy: ({ job }) => legacy(resultText(job)),
  },
  {
    name: "a passive result for a host of another sender",
    isPassive: true,
    reason: "NOT_ALLOWED",
    legacyFate: "taken",
    sealed: ({ other }) => sealNow(app, passive({ ...other, host: "host-02" })),
    legacy: ({ other }) => legacy(passive({ ...other, host: "host-02" })),
  },
  {
    name: "a passive result, sent again",
    isPassive: true,
    reason: "REPLAYED",
    legacyFate: "taken",
    honestFirst: true,
    sealed: ({ job }) => sealNow(app, passive(job)),
    legacy: ({ job }) => legacy(passive(job)),
  },
  {
    name: "a passive result of yesterday",
    isPassive: true,
    reason: "OUT_OF_TIME",
    legacyFate: "taken",
    sealed: ({ job }) => sealNow(app, passive(job), { timeMs: Date.now() - DAY_MS, boot: randomBytes(16) }),
    legacy: ({ job }) => legacy(passive({ ...job, coreTime: ((Date.now() - DAY_MS) / 1000).toFixed(6) })),
  },
];
