// Generated from ../schemas/run.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { runSchema } from "../schemas/run.ts";

export const runTable: OptionTable<z.infer<typeof runSchema>> = {
  "host": {"key":"servers","kind":"servers","strict":true,"emptyHost":"localhost","refuseEmpty":true,"argument":"HOST[:PORT]","list":true,"isName":true,"help":"Job server; may be repeated: the first one with a worker for the queue is used.","default":"localhost:4730","short":"H","aliases":["server"]},
  "tls": {"key":"tls","kind":"yesNo","initial":false,"refuse":"tls: '<value>' is neither yes nor no","argument":"yes|no","default":"no","protects":"everywhere","help":"Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers."},
  "tls_ca_file": {"key":"tlsCaFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS."},
  "tls_cert_file": {"key":"tlsCertFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificate (PEM) of this program for job servers that want one, with those between it and the authority."},
  "tls_key_file": {"key":"tlsKeyFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Key (PEM, without passphrase) of that certificate."},
  "tls_server_name": {"key":"tlsServerName","kind":"text","argument":"NAME","protects":"everywhere","help":"Name in the certificates of job servers, where it is not the HOST of the list."},
  "command": {"key":"command","kind":"bytes","argument":"LINE","help":"Command line of the check, as a worker runs it.","default":"that of the last job of HOST and SERVICE at the bridge","short":"c","refuseEmpty":"command: the value is empty"},
  "queue": {"key":"queue","kind":"bytes","argument":"QUEUE","help":"Queue whose workers are asked.","default":"service, or host without SERVICE; without --command that of the last job","short":"q","isName":true,"refuseEmpty":"queue: the value is empty"},
  "worker": {"key":"worker","kind":"bytes","argument":"NAME","help":"Identifier of one worker with sticky_state=yes, in place of a queue.","isName":true,"refuseEmpty":"worker: the value is empty"},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"60","argument":"SECONDS","isNumber":true,"min":1,"max":2147483647,"unit":"seconds","initial":60,"strict":true,"refuse":"a number from 1 to 2147483647 is needed","help":"Seconds for all of it, the wait for a worker included.","short":"t"},
  "apply": {"key":"apply","kind":"flag","argument":"","default":"off","bare":true,"help":"Send the result to the core, too; needs HOST, and SERVICE for a service."},
  "result-queue": {"key":"resultQueue","kind":"bytes","initial":"check_results","argument":"QUEUE","default":"check_results","help":"With --apply: queue that the core's results go to.","isName":true,"refuseEmpty":"result-queue: the value is empty"},
  "encryption": {"key":"encryption","kind":"yesNo","refuse":"encryption: '<value>' is neither yes nor no","argument":"yes|no","default":"yes if a key is given","help":"Encrypt the job."},
  "key": {"key":"key","kind":"bytes","argument":"TEXT","help":"Password of the site.","secret":true},
  "keyfile": {"key":"keyfile","kind":"path","argument":"PATH","help":"File whose first line is the password; beats the key."},
  "bridge": {"key":"bridge","kind":"text","argument":"[HOST:]PORT|URL","help":"Without --command: where the bridge has its pages: its admin_listen, or an address http://… in front of it.","default":"admin_listen of the module's configuration","short":"b"},
  "module-config": {"key":"moduleConfig","kind":"path","argument":"PATH","help":"Configuration file of the module, for the address of the bridge.","default":"where it usually is"},
  "envelope_master_file": {"key":"envelopeMasterFile","kind":"path","argument":"PATH","protects":"everywhere","help":"The module's file with the master secret, for a queue whose jobs are sealed in version 2."},
  "envelope_identities_file": {"key":"envelopeIdentitiesFile","kind":"path","argument":"PATH","protects":"everywhere","help":"The module's list of workers: the one that answers has to be allowed for the queue."},
  "sender_identity_file": {"key":"senderIdentityFile","kind":"path","argument":"PATH","protects":"everywhere","help":"With --apply, for sealed jobs: key file of a sender that may report for HOST. The core takes the result as a passive one."},
  "json": {"key":"json","kind":"flag","argument":"","default":"off","bare":true,"help":"Print the result as JSON."},
  "verbose": {"key":"verbose","kind":"flag","argument":"","default":"off","bare":true,"help":"Say which worker ran it, and how long it took.","short":"v"},
};

export const runHelp: ProgramHelp = {
  usage: ["mod_gearman_run [-H HOST[:PORT]]... HOST [SERVICE] [-b [HOST:]PORT] [-q QUEUE] [--apply] --keyfile=PATH","mod_gearman_run [-H HOST[:PORT]]... [HOST [SERVICE]] -c LINE [-q QUEUE] [--apply] [--keyfile=PATH | --envelope_master_file=PATH]"],
  dashes: "--",
  table: runTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
