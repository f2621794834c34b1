// Generated from ../schemas/enroll.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { enrollSchema } from "../schemas/enroll.ts";

export const enrollTable: OptionTable<z.infer<typeof enrollSchema>> = {
  "config": {"key":"modulePath","kind":"path","argument":"PATH","help":"Configuration of the module, on the core's machine.","default":"/etc/mod_gearman/module.conf, or that of the packages","short":"c"},
  "queue": {"key":"queues","kind":"groups","prefix":"","list":true,"isName":true,"argument":"NAME[,NAME…]","help":"issue: queues of the worker; may be repeated.","short":"q"},
  "host": {"key":"hosts","kind":"texts","list":true,"argument":"PATTERN","help":"issue: the identity is a passive sender for hosts like this (*: any characters); may be repeated."},
  "server": {"key":"servers","kind":"servers","list":true,"isName":true,"argument":"HOST[:PORT][,…]","strict":true,"help":"issue: job servers as the new machine reaches them, those of the module by default; redeem: others than in the ticket."},
  "tls": {"key":"tls","kind":"yesNo","initial":false,"refuse":"tls: '<value>' is neither yes nor no","argument":"yes|no","default":"no","protects":"everywhere","help":"Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers."},
  "tls_ca_file": {"key":"tlsCaFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS."},
  "tls_cert_file": {"key":"tlsCertFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificate (PEM) of this program for job servers that want one, with those between it and the authority."},
  "tls_key_file": {"key":"tlsKeyFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Key (PEM, without passphrase) of that certificate."},
  "tls_server_name": {"key":"tlsServerName","kind":"text","argument":"NAME","protects":"everywhere","help":"Name in the certificates of job servers, where it is not the HOST of the list."},
  "valid": {"key":"validSeconds","kind":"number","default":"3600","argument":"NUMBER","isNumber":true,"min":1,"max":2592000,"unit":"seconds","strict":true,"refuse":"a number of seconds is needed","initial":3600,"help":"issue: seconds in which the ticket can be redeemed, 30 days at most."},
  "dir": {"key":"dir","kind":"path","argument":"PATH","help":"redeem, init: folder for keys and configuration.","default":"/etc/mod_gearman, or that of the packages"},
  "user": {"key":"user","kind":"text","argument":"TEXT","help":"redeem, init: user who is to own the files with keys, when root writes them.","default":"mod-gearman for redeem, if there is one","isName":true},
  "force": {"key":"force","kind":"flag","argument":"","default":"off","bare":true,"help":"redeem: replace files that are there, which are kept as FILE.saved, instead of writing FILE.new; rotate: do not wait for all workers."},
  "identity": {"key":"identityFile","kind":"path","argument":"PATH","help":"renew: file with the keys of a worker or sender."},
  "finish": {"key":"finish","kind":"flag","argument":"","default":"off","bare":true,"help":"rotate: take old epochs away, instead of bringing a new one."},
  "wait": {"key":"waitSeconds","kind":"number","default":"600","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","strict":true,"refuse":"a number of seconds is needed","initial":600,"help":"rotate: seconds to wait until all workers have their new keys."},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"10","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","initial":10,"strict":true,"refuse":"a number from 0 to 2147483647 is needed","help":"redeem, renew: seconds for an answer of the bridge.","short":"t"},
};

export const enrollHelp: ProgramHelp = {
  usage: ["mod_gearman_enroll init [--dir=PATH] [--user=NAME]","mod_gearman_enroll issue NAME --queue=QUEUE[,QUEUE…] [--server=HOST[:PORT]] [--valid=SECONDS]","mod_gearman_enroll issue NAME --host=PATTERN","mod_gearman_enroll redeem TICKET|-|@FILE [--dir=PATH] [--user=NAME] [--force]","mod_gearman_enroll list","mod_gearman_enroll revoke NAME|TICKET_ID","mod_gearman_enroll rotate [--wait=SECONDS] [--finish]","mod_gearman_enroll renew --identity=FILE --server=HOST[:PORT]"],
  dashes: "--",
  table: enrollTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
