// Generated from ../schemas/sender.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { sendGearmanSchema, sendMultiSchema } from "../schemas/sender.ts";

export const sendGearmanTable: OptionTable<z.infer<typeof sendGearmanSchema>> = {
  "server": {"key":"servers","kind":"servers","list":true,"isName":true,"argument":"HOST[:PORT][,…]","help":"Job servers in order of preference. Port 4730 if none is given."},
  "dupserver": {"key":"dupservers","kind":"servers","list":true,"isName":true,"argument":"HOST[:PORT][,…]","help":"Job servers that get a copy of every result."},
  "tls": {"key":"tls","kind":"yesNo","initial":false,"refuse":"tls: '<value>' is neither yes nor no","argument":"yes|no","default":"no","protects":"everywhere","help":"Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers."},
  "tls_ca_file": {"key":"tlsCaFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS."},
  "tls_cert_file": {"key":"tlsCertFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Certificate (PEM) of this program for job servers that want one, with those between it and the authority."},
  "tls_key_file": {"key":"tlsKeyFile","kind":"path","argument":"PATH","protects":"everywhere","help":"Key (PEM, without passphrase) of that certificate."},
  "tls_server_name": {"key":"tlsServerName","kind":"text","argument":"NAME","protects":"everywhere","help":"Name in the certificates of job servers, where it is not the HOST of the list."},
  "config": {"key":"config","kind":"texts","list":true,"argument":"PATH","help":"Read this file, or all .cfg and .conf files of this folder, at this place.","aliases":["configfile","include"]},
  "encryption": {"key":"encryption","kind":"yesNo","whenBare":true,"whenUnknown":true,"bare":true,"empty":"value","argument":"yes|no","default":"yes if a key is given","help":"Encrypt with the key."},
  "key": {"key":"key","kind":"bytes","argument":"TEXT","help":"Password; the first 32 bytes count.","secret":true,"aliases":["password"]},
  "keyfile": {"key":"keyfile","kind":"path","argument":"PATH","help":"File whose first line is the password; beats key.","aliases":["passwordfile"]},
  "sender_identity_file": {"key":"senderIdentityFile","kind":"path","argument":"PATH","protects":"everywhere","help":"File with name and keys of this sender: results are sealed in version 2, and key is not used."},
  "result_queue": {"key":"resultQueue","kind":"bytes","initial":"check_results","argument":"QUEUE","default":"check_results","help":"Queue the results go to.","isName":true,"maxBytes":511,"refuse":"queue name too long: '<value>'"},
  "active": {"key":"active","kind":"yesNo","initial":false,"whenBare":true,"whenUnknown":true,"bare":true,"empty":"value","argument":"yes|no","default":"no","help":"Send results of active checks."},
  "host": {"key":"host","kind":"bytes","argument":"NAME","help":"Name of the host.","forbidden":{"characters":"\n\u0000","text":"host: line feed in a name"},"refuseEmpty":"please specify a host name"},
  "service": {"key":"service","kind":"bytes","argument":"NAME","help":"Name of the service; without it the result is one of the host.","forbidden":{"characters":"\n\u0000","text":"service: line feed in a name"}},
  "message": {"key":"message","kind":"bytes","argument":"TEXT","help":"Output of the check, instead of standard input.","aliases":["m"],"empty":"value"},
  "returncode": {"key":"returnCode","kind":"state","argument":"0|1|2|3","default":"0","isNumber":true,"help":"State of the check.","aliases":["return_code","r"]},
  "starttime": {"key":"startTime","kind":"micros","argument":"SECONDS","isNumber":true,"help":"When the check started, seconds since 1970.","default":"now"},
  "finishtime": {"key":"finishTime","kind":"micros","argument":"SECONDS","isNumber":true,"help":"When it ended.","default":"now"},
  "latency": {"key":"latency","kind":"micros","argument":"SECONDS","isNumber":true,"help":"How late it started.","default":"0"},
  "delimiter": {"key":"delimiter","kind":"bytes","initial":"\t","argument":"TEXT","default":"a tab","help":"Separator of the fields of a line.","aliases":["d"],"escapes":"t","forbidden":{"characters":"\r\n\u0000","text":"delimiter: line feed in it"}},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"10","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","initial":10,"low":10,"complain":"timeout: <value> is negative, using 10","help":"Seconds to wait for input; 0 = no limit.","aliases":["t"]},
  "gearman_connection_timeout": {"key":"gearmanConnectionTimeoutMs","kind":"number","default":"5000","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"unit":"milliseconds","initial":5000,"help":"Milliseconds to connect and to get a result accepted; 0 = no limit."},
  "debug": {"key":"debug","kind":"number","default":"0","argument":"NUMBER","isNumber":true,"min":0,"max":2,"initial":0,"help":"1 and 2: more on standard error."},
  "retries": {"key":"retries","kind":"number","default":"0","argument":"NUMBER","isNumber":true,"min":0,"max":1000000,"initial":0,"help":"Further attempts over all servers."},
  "retry-interval": {"key":"retryIntervalSeconds","kind":"number","default":"1","argument":"NUMBER","isNumber":true,"min":0,"max":2147483647,"unit":"seconds","initial":1,"fraction":true,"help":"Seconds between two attempts."},
  "spool": {"key":"spool","kind":"path","argument":"PATH","help":"Folder that keeps results while no server is there; they are sent with a later call."},
  "spool_max": {"key":"spoolMaxBytes","kind":"size","initial":"64M","argument":"BYTES[K|M|G]","default":"64M","isNumber":true,"min":65536,"help":"Most bytes kept in that folder."},
};

export const sendGearmanHelp: ProgramHelp = {
  usage: ["send_gearman --server=HOST[:PORT] --host=HOST [--service=SERVICE] [--message=TEXT] [--OPTION=VALUE]...","send_gearman --server=HOST[:PORT] [--OPTION=VALUE]... < LIST"],
  dashes: "--",
  table: sendGearmanTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};

export const sendMultiTable: OptionTable<z.infer<typeof sendMultiSchema>> = {
  ...sendGearmanTable,
  "server": {"key":"servers","kind":"servers","list":true,"isName":true,"argument":"HOST[:PORT][,…]","help":"Job servers in order of preference. Port 4730 if none is given.","default":"localhost:4730"},
  "encryption": {"key":"encryption","kind":"yesNo","initial":false,"whenBare":true,"whenUnknown":true,"bare":true,"empty":"value","argument":"yes|no","default":"no","help":"Encrypt with the key."},
  "service": {"key":"service","kind":"bytes","argument":"NAME","help":"No effect: it is part of the report.","forbidden":{"characters":"\n\u0000","text":"service: line feed in a name"},"noEffect":{"why":"it is part of the report","isForGood":true}},
  "message": {"key":"message","kind":"bytes","argument":"TEXT","help":"No effect: it is part of the report.","aliases":["m"],"empty":"value","noEffect":{"why":"it is part of the report","isForGood":true}},
  "returncode": {"key":"returnCode","kind":"state","argument":"0|1|2|3","default":"0","isNumber":true,"help":"No effect: it is part of the report.","aliases":["return_code","r"],"noEffect":{"why":"it is part of the report","isForGood":true}},
  "starttime": {"key":"startTime","kind":"micros","argument":"SECONDS","isNumber":true,"help":"No effect: it is part of the report.","default":"now","noEffect":{"why":"it is part of the report","isForGood":true}},
  "finishtime": {"key":"finishTime","kind":"micros","argument":"SECONDS","isNumber":true,"help":"No effect: it is part of the report.","default":"now","noEffect":{"why":"it is part of the report","isForGood":true}},
  "latency": {"key":"latency","kind":"micros","argument":"SECONDS","isNumber":true,"help":"No effect: it is part of the report.","default":"0","noEffect":{"why":"it is part of the report","isForGood":true}},
  "delimiter": {"key":"delimiter","kind":"bytes","initial":"\t","argument":"TEXT","default":"a tab","help":"No effect: it is part of the report.","aliases":["d"],"escapes":"t","forbidden":{"characters":"\r\n\u0000","text":"delimiter: line feed in it"},"noEffect":{"why":"it is part of the report","isForGood":true}},
};

export const sendMultiHelp: ProgramHelp = {
  usage: ["check_multi -f COMMANDS -r 256 | send_multi --host=HOST [--OPTION=VALUE]..."],
  dashes: "--",
  table: sendMultiTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
