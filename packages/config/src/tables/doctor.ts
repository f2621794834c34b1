// Generated from ../schemas/doctor.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { doctorSchema } from "../schemas/doctor.ts";

export const doctorTable: OptionTable<z.infer<typeof doctorSchema>> = {
  "host": {"key":"servers","kind":"servers","strict":true,"emptyHost":"localhost","refuseEmpty":true,"argument":"HOST[:PORT]","list":true,"isName":true,"help":"Job server, besides those of the configurations; may be repeated.","short":"H","aliases":["server"]},
  "tls": {"key":"tls","kind":"yesNo","initial":false,"refuse":"tls: '<value>' is neither yes nor no","argument":"yes|no","default":"no","protects":"everywhere","help":"Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers."},
  "tls_ca_file": {"key":"tlsCaFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS."},
  "tls_cert_file": {"key":"tlsCertFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificate (PEM) of this program for job servers that want one, with those between it and the authority."},
  "tls_key_file": {"key":"tlsKeyFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Key (PEM, without passphrase) of that certificate."},
  "tls_server_name": {"key":"tlsServerName","kind":"text","argument":"NAME","protects":"everywhere","help":"Name in the certificates of job servers, where it is not the HOST of the list."},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"10","argument":"NUMBER","isNumber":true,"min":1,"max":2147483647,"unit":"seconds","initial":10,"strict":true,"refuse":"a number from 1 to 2147483647 is needed","help":"Seconds that each server, and each test job, has for its answer.","short":"t"},
  "module-config": {"key":"moduleConfig","kind":"path","argument":"PATH","help":"Configuration file of the module.","default":"that of the broker_module line, or where it usually is"},
  "worker-config": {"key":"workerConfig","kind":"path","argument":"PATH","help":"Configuration file of the worker.","default":"where it usually is"},
  "core-config": {"key":"coreConfig","kind":"path","argument":"PATH","help":"Main configuration file of the core.","default":"where it usually is"},
  "no-test-jobs": {"key":"withoutTestJobs","kind":"flag","argument":"","default":"off","bare":true,"help":"Send no test jobs to workers."},
  "json": {"key":"json","kind":"flag","argument":"","default":"off","bare":true,"help":"Print the report as JSON."},
  "verbose": {"key":"verbose","kind":"times","argument":"","default":"off","bare":true,"list":true,"help":"Show versions, fingerprints and times, too.","short":"v"},
  "key": {"key":"key","kind":"bytes","argument":"TEXT","help":"Password for test jobs; the module's by default.","secret":true},
  "keyfile": {"key":"keyfile","kind":"path","argument":"PATH","help":"File whose first line is the password; beats the key."},
};

export const doctorHelp: ProgramHelp = {
  usage: ["mod_gearman_doctor [-H HOST[:PORT]]... [--module-config=PATH] [--worker-config=PATH] [--core-config=PATH] [--json] [-v]"],
  dashes: "--",
  table: doctorTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
