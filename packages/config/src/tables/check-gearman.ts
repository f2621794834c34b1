// Generated from ../schemas/check-gearman.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { checkGearmanSchema } from "../schemas/check-gearman.ts";

export const checkGearmanTable: OptionTable<z.infer<typeof checkGearmanSchema>> = {
  "host": {"key":"servers","kind":"servers","strict":true,"emptyHost":"localhost","refuseEmpty":true,"argument":"HOST[:PORT]","list":true,"isName":true,"help":"Job server; may be repeated.","short":"H","aliases":["server"]},
  "tls": {"key":"tls","kind":"yesNo","initial":false,"refuse":"tls: '<value>' is neither yes nor no","argument":"yes|no","default":"no","protects":"everywhere","help":"Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers."},
  "tls_ca_file": {"key":"tlsCaFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS."},
  "tls_cert_file": {"key":"tlsCertFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificate (PEM) of this program for job servers that want one, with those between it and the authority."},
  "tls_key_file": {"key":"tlsKeyFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Key (PEM, without passphrase) of that certificate."},
  "tls_server_name": {"key":"tlsServerName","kind":"text","argument":"NAME","protects":"everywhere","help":"Name in the certificates of job servers, where it is not the HOST of the list."},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"10","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","initial":10,"strict":true,"refuse":"a number from 0 to 2147483647 is needed","help":"Seconds for the whole check; 0 = no limit.","short":"t"},
  "warning-jobs": {"key":"warningJobs","kind":"number","default":"10","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"initial":10,"strict":true,"complain":"threshold <value> is too large, using 2147483647","complainBelow":"threshold <value> is below 0, it is off","help":"Warning at this many waiting jobs in a queue; 0 = off.","short":"w"},
  "critical-jobs": {"key":"criticalJobs","kind":"number","default":"100","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"initial":100,"strict":true,"complain":"threshold <value> is too large, using 2147483647","complainBelow":"threshold <value> is below 0, it is off","help":"Critical at this many; 0 = off.","short":"c"},
  "warning-workers": {"key":"warningWorkers","kind":"number","default":"25","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"initial":25,"strict":true,"complain":"threshold <value> is too large, using 2147483647","complainBelow":"threshold <value> is below 0, it is off","help":"Warning at this many workers of a queue; 0 = off.","short":"W"},
  "critical-workers": {"key":"criticalWorkers","kind":"number","default":"50","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"initial":50,"strict":true,"complain":"threshold <value> is too large, using 2147483647","complainBelow":"threshold <value> is below 0, it is off","help":"Critical at this many; 0 = off.","short":"C"},
  "queue": {"key":"queue","kind":"bytes","argument":"QUEUE","help":"Only this queue; target of a job.","short":"q","isName":true,"refuseEmpty":"queue: the value is empty"},
  "critical-without-worker": {"key":"criticalWithoutWorker","kind":"flag","argument":"","default":"off","bare":true,"help":"Critical when a queue has no worker.","short":"x"},
  "send": {"key":"send","kind":"bytes","argument":"TEXT","help":"Send this text as a job to the queue and show the answer.","short":"s","empty":"value"},
  "expect": {"key":"expect","kind":"bytes","argument":"TEXT","help":"Text the answer has to hold.","short":"e","empty":"value"},
  "background": {"key":"background","kind":"flag","argument":"","default":"off","bare":true,"help":"Send the job in the background, do not wait.","short":"a"},
  "unique": {"key":"unique","kind":"bytes","initial":"check","argument":"ID","default":"check","help":"Unique id of the job.","short":"u"},
  "port": {"key":"port","kind":"unused","argument":"TEXT","help":"No effect: the port is part of --host.","short":"p","hidden":true,"noEffect":{"why":"the port is part of --host","isForGood":true}},
  "verbose": {"key":"verbose","kind":"times","argument":"","default":"off","bare":true,"list":true,"help":"More on standard error; may be repeated.","short":"v"},
  "include": {"key":"include","kind":"texts","compile":true,"list":true,"argument":"PATTERN","help":"Look only at queues that this matches anywhere; may be repeated."},
  "exclude": {"key":"exclude","kind":"texts","compile":true,"list":true,"argument":"PATTERN","help":"Leave out queues that this matches; may be repeated."},
  "ignore-stale": {"key":"staleAfterSeconds","kind":"number","default":"off","argument":"SECONDS","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","initial":600,"strict":true,"refuse":"a number of seconds is needed","offUnlessGiven":true,"help":"Leave out worker_… status queues without worker for this long, 600 s if no time is given.","optional":true},
  "stale-state": {"key":"staleState","kind":"path","argument":"PATH","help":"File that remembers since when those queues have no worker."},
  "self-test": {"key":"selfTest","kind":"flag","argument":"","default":"off","bare":true,"help":"Send a test job through key, queue, worker and result queue."},
  "self-test-queue": {"key":"selfTestQueue","kind":"bytes","argument":"QUEUE","help":"Queue that is tested.","default":"the one of --queue, else service","isName":true,"refuseEmpty":"self-test-queue: the value is empty"},
  "result-queue": {"key":"resultQueue","kind":"bytes","argument":"QUEUE","help":"Queue for the result of the test job.","default":"one of its own","isName":true,"refuseEmpty":"result-queue: the value is empty"},
  "encryption": {"key":"encryption","kind":"yesNo","refuse":"encryption: '<value>' is neither yes nor no","argument":"yes|no","default":"yes if a key is given","help":"Encrypt the test job."},
  "key": {"key":"key","kind":"bytes","argument":"TEXT","help":"Password for the test job.","secret":true},
  "keyfile": {"key":"keyfile","kind":"path","argument":"PATH","help":"File whose first line is the password; beats the key."},
  "envelope_master_file": {"key":"envelopeMasterFile","kind":"path","argument":"PATH","protects":"everywhere","help":"The module's file with the master secret: the test job and its result are sealed in version 2."},
  "envelope_identities_file": {"key":"envelopeIdentitiesFile","kind":"path","argument":"PATH","protects":"everywhere","help":"The module's list of workers: the one that answers has to be allowed for the queue."},
};

export const checkGearmanHelp: ProgramHelp = {
  usage: ["check_gearman -H HOST[:PORT] [-q QUEUE] [-w JOBS] [-c JOBS] [-W WORKERS] [-C WORKERS] [-x]","check_gearman -H HOST[:PORT] -q QUEUE -s TEXT [-e TEXT] [-a] [-u ID]","check_gearman -H HOST[:PORT] --self-test [-q QUEUE] [--keyfile=PATH | --envelope_master_file=PATH]"],
  dashes: "--",
  table: checkGearmanTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
