// Generated from ../schemas/top.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { topSchema } from "../schemas/top.ts";

export const topTable: OptionTable<z.infer<typeof topSchema>> = {
  "host": {"key":"servers","kind":"servers","strict":true,"emptyHost":"localhost","refuseEmpty":true,"argument":"HOST[:PORT]","list":true,"isName":true,"help":"Job server; may be repeated.","default":"localhost:4730, or CONFIG_GEARMAND_PORT of the environment","short":"Hs","aliases":["server"]},
  "tls": {"key":"tls","kind":"yesNo","initial":false,"refuse":"tls: '<value>' is neither yes nor no","argument":"yes|no","default":"no","protects":"everywhere","help":"Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers."},
  "tls_ca_file": {"key":"tlsCaFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS."},
  "tls_cert_file": {"key":"tlsCertFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificate (PEM) of this program for job servers that want one, with those between it and the authority."},
  "tls_key_file": {"key":"tlsKeyFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Key (PEM, without passphrase) of that certificate."},
  "tls_server_name": {"key":"tlsServerName","kind":"text","argument":"NAME","protects":"everywhere","help":"Name in the certificates of job servers, where it is not the HOST of the list."},
  "interval": {"key":"intervalSeconds","kind":"number","default":"1","argument":"SECONDS","isNumber":true,"min":-2147483647,"max":2147483647,"unit":"seconds","initial":1,"fraction":true,"strict":true,"refuse":"a number of seconds up to 2147483647 is needed","help":"Seconds between two refreshes; 0 means 1, with --batch: print once.","short":"i"},
  "batch": {"key":"batch","kind":"flag","argument":"","default":"off","bare":true,"help":"Print to standard output: once, or with --interval again and again.","short":"b"},
  "hide-empty": {"key":"hideEmpty","kind":"flag","argument":"","default":"off","bare":true,"help":"Hide queues with neither workers nor jobs.","short":"q"},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"10","argument":"SECONDS","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","initial":10,"strict":true,"refuse":"a number from 0 to 2147483647 is needed","help":"Seconds a server has for its answer; 0 = no limit.","short":"t"},
  "verbose": {"key":"verbose","kind":"flag","argument":"","default":"off","bare":true,"help":"Show debug lines too.","short":"v"},
  "colours": {"key":"colours","kind":"flag","argument":"","default":"off","bare":true,"help":"Show states in colour; never with --batch.","aliases":["colors"]},
};

export const topHelp: ProgramHelp = {
  usage: ["gearman_top [-H HOST[:PORT]]... [-i SECONDS] [-b] [-q] [-t SECONDS] [-v]"],
  dashes: "--",
  table: topTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
