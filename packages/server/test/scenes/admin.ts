import type { Scene } from "../play.ts";

const INCOMPLETE = "ERR\\sINVALID_ARGUMENTS\\sAn+incomplete+set+of+arguments+was+sent+to+this+command+";
const IN_USE = "ERR\\sthere\\sare\\sstill\\sconnected\\sworkers\\sor\\sexecuting\\sclients\\r\\n";
const asks = (pairs: readonly (readonly [string, string])[]): string[] =>
  pairs.flatMap(([line, answer]) => [`A > text ${line}`, `A < text ${answer}`]);

/** The text protocol. Source: job-server.md 3; X11, X17. */
export const adminScenes: readonly Scene[] = [
  {
    name: "3 tables of a server without anything",
    steps: [
      ...asks([
        ["status\\n", ".\\n"],
        ["STATUS\\r\\n", ".\\n"],
        ["status\\sextra\\swords\\n", ".\\n"],
        ["status\\s\\s\\n", ".\\n"],
        ["prioritystatus\\n", ".\\n"],
        ["show\\sjobs\\n", ".\\n"],
        ["Show\\sUnique\\sJobs\\n", ".\\n"],
      ]),
    ],
  },
  {
    name: "3 errors, verbatim",
    steps: asks([
      ["nonsense\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandnonsense\\r\\n"],
      ["Shutdown\\r\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandShutdown\\r\\n"],
      ["shutdown\\sgraceful\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandshutdown\\r\\n"],
      ["\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+command\\r\\n"],
      ["\\r\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+command\\r\\n"],
      ["\\sstatus\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+command\\r\\n"],
      ["show\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandshow\\r\\n"],
      ["show\\sx\\n", "ERR\\sUNKNOWN_SHOW_ARGUMENTS\\r\\n"],
      ["show\\sjobs\\sx\\n", "ERR\\sUNKNOWN_SHOW_ARGUMENTS\\r\\n"],
      ["show\\sunique\\n", "ERR\\sUNKNOWN_SHOW_ARGUMENTS\\r\\n"],
      ["cancel\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandcancel\\r\\n"],
      ["cancel\\sjob\\n", "ERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandcancel\\r\\n"],
      ["cancel\\sjob\\sT:9\\r\\n", "ERR\\sUNKNOWN_JOB\\r\\n"],
      ["cancel\\sx\\sT:9\\r\\n", "ERR\\sUNKNOWN_ERROR\\r\\n"],
      ["cancel\\sjob\\sT:9\\sx\\r\\n", "ERR\\sUNKNOWN_ERROR\\r\\n"],
      ["maxqueue\\n", `${INCOMPLETE}maxqueue\\r\\n`],
      ["create\\n", `${INCOMPLETE}create\\r\\n`],
      ["create\\sfunction\\r\\n", `${INCOMPLETE}create\\r\\n`],
      ["create\\squeue\\sx\\r\\n", `${INCOMPLETE}create\\r\\n`],
      ["drop\\n", `${INCOMPLETE}drop\\r\\n`],
      ["drop\\squeue\\sx\\r\\n", `${INCOMPLETE}drop\\r\\n`],
      ["drop\\sfunction\\snobody\\r\\n", "ERR\\sfunction\\snot\\sfound\\r\\n"],
      ["maxqueue\\snobody\\s5\\n", "OK\\r\\n"],
      ["status\\n", ".\\n"],
    ]),
  },
  {
    name: "3 more than five words, and lines without end, close",
    steps: [
      "A >> text one\\stwo\\sthree\\sfour\\sfive\\ssix\\n",
      "A closed",
      "B >> text x*9000",
      "B closed",
      "C > text status\\n",
      "C < text .\\n",
    ],
  },
  {
    name: "3 version, verbose, getpid",
    because: "3: version and process id are the own ones; the real one was started with INFO",
    steps: [
      "A > text version\\n",
      "ours: A < text OK\\s0.1.2\\n",
      "real: A < text OK\\s1.1.20+ds\\n",
      "A > text verbose\\n",
      "ours: A < text OK\\sERROR\\n",
      "real: A < text OK\\sINFO\\n",
      "ours: A > text getpid\\r\\n",
      "ours: A < text OK\\s4711\\n",
    ],
  },
  {
    name: "3 create and drop: exact names and any case, LF and CRLF",
    because: "X17: with a bare LF gearmand drops the last character",
    steps: [
      ...asks([
        ["create\\sfunction\\sone\\r\\n", "OK\\r\\n"],
        ["Create\\sFUNCTION\\sone\\r\\n", "OK\\r\\n"],
      ]),
      "A > text status\\n",
      "A < text one\\t0\\t0\\t0\\n.\\n",
      ...asks([
        ["drop\\sfunction\\sONE\\r\\n", "OK\\r\\n"],
        ["create\\sfunction\\stwo\\n", "OK\\r\\n"],
      ]),
      "A > text status\\n",
      "real: A < text tw\\t0\\t0\\t0\\n.\\n",
      "ours: A < text two\\t0\\t0\\t0\\n.\\n",
    ],
  },
  {
    name: "3 drop refuses while there are workers",
    steps: [
      "W > CAN_DO f",
      "A > text drop\\sfunction\\sf\\r\\n",
      `A < text ${IN_USE}`,
      "W > CANT_DO f",
      "A > text drop\\sfunction\\sf\\r\\n",
      "A < text OK\\r\\n",
      "A > text status\\n",
      "A < text .\\n",
    ],
  },
  {
    name: "X11 drop refuses while there are jobs",
    because: "X11: gearmand says OK and leaves them dangling",
    steps: [
      "C > SUBMIT_JOB_BG f u w",
      "C < JOB_CREATED T:1",
      "ours: A > text drop\\sfunction\\sf\\r\\n",
      `ours: A < text ${IN_USE}`,
      "W > CAN_DO f",
      "W > GRAB_JOB",
      "W < JOB_ASSIGN T:1 f w",
      "W leaves",
      "ours: A > text drop\\sfunction\\sf\\r\\n",
      `ours: A < text ${IN_USE}`,
    ],
  },
  {
    name: "3 status counts waiting, running, abandoned; functions stay",
    steps: [
      "C > SUBMIT_JOB_BG f u1 w",
      "C < JOB_CREATED T:1",
      "C > SUBMIT_JOB_BG f u2 w",
      "C < JOB_CREATED T:2",
      "D > SUBMIT_JOB f u3 w",
      "D < JOB_CREATED T:3",
      "D leaves",
      "W > CAN_DO f",
      "W > CAN_DO idle",
      "W > GRAB_JOB",
      "W < JOB_ASSIGN T:1 f w",
      "A > text status\\n",
      "A <table f\\t3\\t1\\t1|idle\\t0\\t0\\t1",
      "A > text prioritystatus\\n",
      "A <table f\\t0\\t2\\t0\\t1|idle\\t0\\t0\\t0\\t1",
      "W leaves",
      "A > text status\\n",
      "A <table f\\t3\\t0\\t0|idle\\t0\\t0\\t0",
    ],
  },
];
