// Generated from ../schemas/queue.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { queueSchema } from "../schemas/queue.ts";

export const queueTable: OptionTable<z.infer<typeof queueSchema>> = {
  "host": {"key":"servers","kind":"servers","strict":true,"emptyHost":"localhost","refuseEmpty":true,"argument":"HOST[:PORT]","list":true,"isName":true,"help":"Job server; may be repeated, the command is for each.","default":"localhost:4730","short":"H","aliases":["server"]},
  "tls": {"key":"tls","kind":"yesNo","initial":false,"refuse":"tls: '<value>' is neither yes nor no","argument":"yes|no","default":"no","protects":"everywhere","help":"Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers."},
  "tls_ca_file": {"key":"tlsCaFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS."},
  "tls_cert_file": {"key":"tlsCertFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificate (PEM) of this program for job servers that want one, with those between it and the authority."},
  "tls_key_file": {"key":"tlsKeyFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Key (PEM, without passphrase) of that certificate."},
  "tls_server_name": {"key":"tlsServerName","kind":"text","argument":"NAME","protects":"everywhere","help":"Name in the certificates of job servers, where it is not the HOST of the list."},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"10","argument":"SECONDS","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","initial":10,"strict":true,"refuse":"a number from 0 to 2147483647 is needed","help":"Seconds a server has for its answer; 0 = no limit. A purge or move of many jobs takes longer.","short":"t"},
  "count": {"key":"count","kind":"number","argument":"NUMBER","isNumber":true,"min":1,"max":2147483647,"help":"The most jobs.","default":"peek: 10, move: all","short":"n","strict":true,"refuse":"a number from 1 on is needed"},
  "unique": {"key":"unique","kind":"bytes","argument":"KEY","help":"cancel: the jobs with this unique key, in place of handles.","short":"u","refuseEmpty":"unique: the value is empty"},
  "json": {"key":"json","kind":"flag","argument":"","default":"off","bare":true,"help":"Print JSON, one document."},
  "yes": {"key":"yes","kind":"flag","argument":"","default":"off","bare":true,"help":"Do not ask before jobs are dropped; needed where there is no terminal.","short":"y"},
  "force": {"key":"force","kind":"flag","argument":"","default":"off","bare":true,"help":"purge at a gearmand in C: take the jobs as a worker does, and answer each with failure."},
  "encryption": {"key":"encryption","kind":"yesNo","initial":true,"refuse":"encryption: '<value>' is neither yes nor no","argument":"yes|no","default":"yes","help":"peek: no shows what is in jobs that are not encrypted."},
  "key": {"key":"key","kind":"bytes","argument":"TEXT","help":"peek: password of the jobs.","secret":true},
  "keyfile": {"key":"keyfile","kind":"path","argument":"PATH","help":"File whose first line is the password; beats the key."},
  "envelope_keys": {"key":"envelopeKeys","kind":"path","argument":"PATH","help":"peek: file with the keys of envelope version 2, the bridge's master file or that of a worker."},
  "verbose": {"key":"verbose","kind":"flag","argument":"","default":"off","bare":true,"help":"Warnings about the settings on standard error.","short":"v"},
};

export const queueHelp: ProgramHelp = {
  usage: ["mod_gearman_queue [-H HOST[:PORT]]... [list] [--json]","mod_gearman_queue [-H HOST[:PORT]]... pause|resume QUEUE...","mod_gearman_queue [-H HOST[:PORT]] peek QUEUE [-n NUMBER] [--keyfile=PATH]","mod_gearman_queue [-H HOST[:PORT]]... purge QUEUE... [-y]","mod_gearman_queue [-H HOST[:PORT]]... cancel HANDLE... [-y]","mod_gearman_queue [-H HOST[:PORT]]... cancel --unique=KEY [QUEUE] [-y]","mod_gearman_queue [-H HOST[:PORT]] move FROM TO [-n NUMBER]"],
  dashes: "--",
  table: queueTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
