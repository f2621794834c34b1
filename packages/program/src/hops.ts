import { printAddress, type ServerAddress } from "@mod-gearman/base";
import {
  type CheckGearmanOptions,
  type ModuleOptions,
  type SenderOptions,
  type TopOptions,
  type WorkerOptions,
  withoutSecret,
} from "@mod-gearman/config";
import { parseIdentityFile } from "@mod-gearman/crypto";

/*
 * Which form each hop speaks, and who cannot be verified, as `--check-config` prints it: a line for each hop. Source:
 * docs/security.md, Forms.
 */

const FORGED = "whoever has the key can forge them";

/** How job servers are spoken to, and whether they are verified. */
export function serverHops(servers: readonly ServerAddress[], what = "job servers"): string[] {
  const secured = servers.filter(({ tls }) => tls !== undefined);
  const plain = servers.filter(({ tls }) => tls === undefined);
  const isMixed = secured.length > 0 && plain.length > 0;
  const named = (some: readonly ServerAddress[]) => (isMixed ? ` ${some.map(printAddress).join(", ")}` : "");
  const { certFile, serverName } = secured[0]?.tls ?? {};
  const name = serverName === undefined ? "their names" : serverName;
  const own =
    certFile === undefined ? "without a certificate of ours" : `they know us by ${withoutSecret(certFile)}`;
  return [
    ...(secured.length > 0
      ? [`${what}${named(secured)}: TLS, verified by certificates for ${name}; ${own}`]
      : []),
    ...(plain.length > 0 ? [`${what}${named(plain)}: TCP without TLS, not verified`] : []),
  ];
}

/** What the legacy form protects. */
function legacyForm({ encryption }: { readonly encryption: boolean }): string {
  return encryption ? "in the legacy form, under the shared key" : "in the legacy form, in clear text";
}

/** Of the bridge. */
export function moduleHops(options: ModuleOptions): string[] {
  const { envelope, envelopeQueues, identities, masterFile } = options;
  const hasRecords = options.perfdata.length > 0 || options.exports.length > 0;
  const senders = identities === undefined ? "refused, as there is no list" : "sealed (v2) of listed senders";
  const legacy = legacyForm(options);
  const who = identities === undefined ? "any worker with keys of this site" : "workers that are listed";
  const queues = envelopeQueues.map((name) => name.toString()).join(", ");
  if (masterFile === undefined || (envelope === "both" && queues === ""))
    return [
      `jobs to workers: ${legacy}`,
      `results: ${legacy}; no worker or sender is verified, ${FORGED}`,
      ...serverHops(options.servers),
    ];
  const isV2 = envelope === "v2";
  return [
    `jobs to workers: sealed (v2)${isV2 ? "" : ` in ${queues}, others ${legacy}`}`,
    `results of sealed jobs: sealed (v2), of ${who}`,
    `passive results: ${senders}${isV2 ? "" : `, others ${legacy}, whose senders are not verified`}`,
    ...(isV2 ? [] : [`results of other jobs: ${legacy}, no worker is verified`]),
    ...(hasRecords ? [`performance data and exports: ${legacy}`] : []),
    ...serverHops(options.servers),
  ];
}

/** Of a worker. */
export function workerHops(options: WorkerOptions): string[] {
  const { envelope, identityFile, dupservers } = options;
  const legacy = legacyForm(options);
  const copies = dupservers.length === 0 ? [] : [`results to dup servers: ${legacy}`];
  const servers = serverHops([...options.servers, ...dupservers]);
  if (identityFile === undefined)
    return [
      `jobs: ${legacy}; who made them is not verified, ${FORGED}`,
      `results: ${legacy}; the module cannot verify this worker`,
      ...copies,
      ...servers,
    ];
  const { name } = parseIdentityFile(identityFile);
  const sealed = "sealed (v2), of the module or another worker of their queue";
  return [
    envelope === "v2"
      ? `jobs: ${sealed}; others are refused`
      : `jobs: ${sealed}, or ${legacy}: of these who made them is not verified, ${FORGED}`,
    `results of sealed jobs: sealed (v2); the module verifies this worker as ${name}`,
    ...(envelope === "v2" ? [] : [`results of other jobs: ${legacy}; the module cannot verify this worker`]),
    ...copies,
    ...servers,
  ];
}

/** Of a sender. */
export function senderHops(options: SenderOptions): string[] {
  const { identityFile, dupservers } = options;
  const servers = serverHops([...options.servers, ...dupservers]);
  if (identityFile === undefined)
    return [`results: ${legacyForm(options)}; the module cannot verify this sender`, ...servers];
  return [
    `results: sealed (v2); the module verifies this sender as ${parseIdentityFile(identityFile).name}`,
    ...servers,
  ];
}

/** Of check_gearman. */
export function checkHops(options: CheckGearmanOptions): string[] {
  const { identities, masterFile, selfTest, send } = options;
  const who = identities === undefined ? "the worker is verified by its key" : "the worker has to be listed";
  const legacy = `in ${options.encryption ? "the legacy form, under the shared key" : "clear text"}; the worker cannot be verified`;
  return [
    ...(selfTest ? [`self test: ${masterFile === undefined ? legacy : `sealed (v2); ${who}`}`] : []),
    ...(send === undefined ? [] : ["job of --send: in clear text; the worker cannot be verified"]),
    ...serverHops(options.servers),
  ];
}

/** Of gearman_top. */
export function topHops({ servers }: TopOptions): string[] {
  return serverHops(servers, "status of job servers");
}
