import { parseMicros } from "@mod-gearman/payload";
import { excerpt } from "./excerpt.ts";
import {
  type About,
  BadValue,
  type Field,
  field,
  lastText,
  MAX_QUEUE_BYTES,
  path,
  servers,
  texts,
} from "./fields.ts";
import { toBytes } from "./latin1.ts";
import { duration, number, size, yesNo } from "./scalars.ts";

/** A switch without value, or with an unknown word, is on. Source: tools.md 4. */
const ON = { bare: true, other: true };
const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/;

/** Microseconds out of seconds; any other text is 0, as in the originals, with a warning. */
function seconds(about: About): Field<bigint | undefined> {
  return field({ argument: "SECONDS", isNumber: true, ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return undefined;
    if (DECIMAL.test(last.text)) return parseMicros(toBytes(last.text));
    given.warnings.add(
      "warn",
      `${given.option}: '${excerpt(last.text)}' is not a number, using 0`,
      last.where,
    );
    return 0n;
  });
}

/** A name that goes into a result: no line feed, because that would end its line there. */
function name(about: About, options: { whenEmpty?: string }): Field<Buffer | undefined> {
  return field({ argument: "NAME", ...about }, (given) => {
    const last = given.entries.at(-1);
    if (last?.text === undefined) return undefined;
    if (last.text === "" && options.whenEmpty !== undefined)
      throw new BadValue(options.whenEmpty, last.where);
    if (/[\n\0]/.test(last.text)) throw new BadValue(`${given.option}: line feed in a name`, last.where);
    return last.text === "" ? undefined : toBytes(last.text);
  });
}

/** A state; text that is no number counts as 0, as in the originals, with a warning. */
function returnCode(about: About): Field<number> {
  return field({ argument: "0|1|2|3", default: "0", isNumber: true, ...about }, (given) => {
    const last = given.entries.at(-1);
    if (last?.text === undefined) return 0;
    // a variable that was not set must not be reported as OK
    if (last.text === "") throw new BadValue("returncode: the value is empty", last.where);
    const [, digits] = /^([+-]?[0-9]+)/.exec(last.text) ?? [];
    if (digits === undefined) {
      given.warnings.add("warn", `returncode: '${excerpt(last.text)}' is not a number, using 0`, last.where);
      return 0;
    }
    if (!/^\+?0*[0-3]$/.test(digits)) throw new BadValue("returncode must be 0, 1, 2 or 3", last.where);
    return Number(digits);
  });
}

/** Separator of the fields of a list line. `\t` is a tab; nothing at all, or blanks only, is the default. */
function delimiter(about: About): Field<Buffer> {
  return field({ default: "a tab", ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return Buffer.from("\t");
    if (/[\r\n\0]/.test(last.text)) throw new BadValue("delimiter: line feed in it", last.where);
    return toBytes(last.text.replaceAll("\\t", "\t"));
  });
}

function resultQueue(about: About): Field<Buffer> {
  return field({ argument: "QUEUE", default: "check_results", isName: true, ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return Buffer.from("check_results");
    const text = toBytes(last.text);
    if (text.length > MAX_QUEUE_BYTES) {
      throw new BadValue(`queue name too long: '${excerpt(last.text)}'`, last.where);
    }
    return text;
  });
}

const MAX_RETRIES = 1_000_000;
const SPOOL_SIZE = { min: 65_536, off: false };

/** Options that mean the same in both senders, in three groups around those that do not. */
export const connectionFields = {
  server: servers(
    { help: "Job servers in order of preference. Port 4730 if none is given." },
    { strict: false },
  ),
  dupserver: servers({ help: "Job servers that get a copy of every result." }, { strict: false }),
  config: texts(
    {
      help: "Read this file, or all .cfg and .conf files of this folder, at this place.",
      argument: "PATH",
      aliases: ["configfile", "include"],
    },
    { commas: false },
  ),
} as const;

export const keyFields = {
  key: field(
    { help: "Password; the first 32 bytes count.", secret: true, aliases: ["password"] },
    (given) => {
      const last = lastText(given);
      return last === undefined ? undefined : toBytes(last.text);
    },
  ),
  keyfile: path({ help: "File whose first line is the password; beats key.", aliases: ["passwordfile"] }),
  result_queue: resultQueue({ help: "Queue the results go to." }),
  active: yesNo(false, ON, { help: "Send results of active checks." }),
} as const;

export const checkFields = {
  host: name({ help: "Name of the host." }, { whenEmpty: "please specify a host name" }),
  service: name({ help: "Name of the service; without it the result is one of the host." }, {}),
  message: field(
    { help: "Output of the check, instead of standard input.", aliases: ["m"], empty: "value" },
    (given) => {
      const last = given.entries.findLast((one) => one.text !== undefined)?.text;
      return last === undefined ? undefined : toBytes(last);
    },
  ),
  returncode: returnCode({ help: "State of the check.", aliases: ["return_code", "r"] }),
  starttime: seconds({ help: "When the check started, seconds since 1970.", default: "now" }),
  finishtime: seconds({ help: "When it ended.", default: "now" }),
  latency: seconds({ help: "How late it started.", default: "0" }),
  delimiter: delimiter({ help: "Separator of the fields of a line.", aliases: ["d"] }),
} as const;

export const sendingFields = {
  timeout: duration(
    "seconds",
    {
      initial: 10,
      min: 0,
      low: 10,
      strict: false,
      complain: (text) => `timeout: ${text} is negative, using 10`,
    },
    { help: "Seconds to wait for input; 0 = no limit.", aliases: ["t"] },
  ),
  gearman_connection_timeout: duration(
    "milliseconds",
    { initial: 5000, min: 0, strict: false },
    { help: "Milliseconds to connect and to get a result accepted; 0 = no limit." },
  ),
  debug: number({ initial: 0, min: 0, max: 2, strict: false }, { help: "1 and 2: more on standard error." }),
  retries: number(
    { initial: 0, min: 0, max: MAX_RETRIES, strict: false },
    { help: "Further attempts over all servers." },
  ),
  "retry-interval": duration(
    "seconds",
    { initial: 1, min: 0, fraction: true, strict: false },
    { help: "Seconds between two attempts." },
  ),
  spool: path({
    help: "Folder that keeps results while no server is there; they are sent with a later call.",
  }),
  spool_max: size("64M", SPOOL_SIZE, { help: "Most bytes kept in that folder." }),
} as const;

/** `encryption`; its default depends on the program. */
export function encryptionField(initial: boolean, described: string): Field<boolean> {
  return yesNo(initial, ON, { help: "Encrypt with the key.", default: described });
}
