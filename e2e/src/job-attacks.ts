import { randomBytes } from "node:crypto";
import {
  changed,
  DAY_MS,
  EPOCH,
  type JobAttack,
  legacy,
  MASTER,
  OTHER_KEY,
  OTHER_SITE,
  RESULTS,
  resultAttacks,
  sealNow,
  w1,
} from "./attack-corpus.ts";
import { base64, jobKey, legacyBytes, type SealingKey } from "./attacker-envelope.ts";
import { KEY } from "./workers.ts";

interface JobFields {
  readonly deadlineMs?: number;
  readonly madeMs?: number;
}

function jobText(
  command: string,
  { deadlineMs = Date.now() + 600_000, madeMs = Date.now() }: JobFields = {},
): string {
  const lines = [
    ...["type=service", `result_queue=${RESULTS}`, "target_queue=service", "host_name=host-01"],
    ...["service_description=service-01", `core_time=${(madeMs / 1000).toFixed(6)}`, "timeout=60"],
    ...[`job_id=${randomBytes(36).toString("base64url")}`, `deadline=${(deadlineMs / 1000).toFixed(6)}`],
    `command_line=${command} ${"x".repeat(96)}`,
  ];
  return `${lines.join("\n")}\n\n\n`;
}

const serviceKey = jobKey(MASTER, "service", EPOCH);
const jobFor = (key: SealingKey, command: string, fields: JobFields = {}, queue = "service"): Buffer =>
  sealNow(key, jobText(command, fields), { queue });

/** Of worker w1, which serves `service` and `host`. */
export const identityFileOfW1: string = [
  ...["type=worker", "name=w1", `own_key=${EPOCH} ${w1.secret.toString("hex")}`],
  ...[serviceKey, jobKey(MASTER, "host", EPOCH)].map(
    ({ secret }, at) => `job_key=${EPOCH} ${secret.toString("hex")} ${["service", "host"][at]}`,
  ),
  "",
].join("\n");

/** A job that the bridge could have made: it is run. */
export const honestJob = {
  sealed: (command: string): Buffer => jobFor(serviceKey, command),
  legacy: (command: string): Buffer => legacy(jobText(command)),
};

export const jobAttacks: readonly JobAttack[] = [
  {
    name: "a job, sent again",
    reason: "REPLAYED",
    legacyFate: "taken",
    honestFirst: true,
    ...honestJob,
  },
  {
    name: "a job with a bit changed, without any key",
    reason: "NOT_AUTHENTIC",
    legacyFate: "taken",
    sealed: (command) => changed(honestJob.sealed(command), 60),
    legacy: (command) => base64(changed(legacyBytes(KEY, jobText(command)), 60)),
  },
  {
    name: "a job that was cut, without any key",
    reason: "NOT_AUTHENTIC",
    legacyFate: "taken",
    sealed: (command) => honestJob.sealed(command).subarray(0, -48),
    legacy: (command) => base64(legacyBytes(KEY, jobText(command)).subarray(0, -48)),
  },
  {
    name: "a job of another queue of the same worker",
    reason: "NOT_AUTHENTIC",
    legacyFate: "taken",
    sealed: (command) => jobFor(jobKey(MASTER, "host", EPOCH), command, {}, "host"),
    legacy: honestJob.legacy,
  },
  {
    name: "a job of another tenant's queue",
    reason: "UNKNOWN_KEY",
    legacyFate: "taken",
    sealed: (command) => jobFor(jobKey(MASTER, "tenant_b", EPOCH), command, {}, "tenant_b"),
    legacy: honestJob.legacy,
  },
  {
    name: "a job, forged with the shared key that each worker has",
    reason: "NOT_SEALED_V2",
    legacyFate: "taken",
    sealed: honestJob.legacy,
    legacy: honestJob.legacy,
  },
  {
    name: "a job under the key of another site",
    reason: "UNKNOWN_KEY",
    legacyFate: "refused",
    sealed: (command) => jobFor(jobKey(OTHER_SITE, "service", EPOCH), command),
    legacy: (command) => legacy(jobText(command), OTHER_KEY),
  },
  {
    name: "a job under a key that was taken away",
    reason: "UNKNOWN_KEY",
    legacyFate: "refused",
    sealed: (command) => jobFor(jobKey(MASTER, "service", 1), command),
    legacy: (command) => legacy(jobText(command), "the-key-of-last-year-xxxxxxxxxxx"),
  },
  {
    name: "a job of yesterday",
    reason: "OUT_OF_TIME",
    legacyFate: "taken",
    sealed: (command) => jobFor(serviceKey, command, { deadlineMs: Date.now() - DAY_MS }),
    legacy: (command) => legacy(jobText(command, { madeMs: Date.now() - DAY_MS })),
  },
  {
    name: "a result in the queue of jobs",
    reason: "WRONG_DIRECTION",
    legacyFate: "refused",
    sealed: (command) => sealNow(w1, `type=active\noutput=${command}\n\n\n`, { queue: "service" }),
    legacy: (command) => legacy(`type=active\noutput=${command}\n\n\n`),
  },
];

/** Rows of the table in docs/security.md. */
export function tableRows(): string[] {
  return [...resultAttacks, ...jobAttacks].map(
    ({ name, reason, legacyFate }) => `| ${name} | ${legacyFate} | refused, \`${reason}\` |`,
  );
}
