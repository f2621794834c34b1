import { FlagError, type FlagSet, parseFlags } from "./flags.ts";
import { stateNumber } from "./states.ts";

export interface PrometheusOptions {
  readonly mode: "ping" | "query" | "targets_health";
  readonly address: URL;
  /** 0: only the timeout of the job counts. */
  readonly timeoutSeconds: number;
  /** Older data is an error; 0 accepts any age. */
  readonly dataAgeSeconds: number;
  readonly insecure: boolean;
  /** Cookies as `name=value`. */
  readonly cookies: readonly string[];
  readonly query: string;
  readonly alias: string;
  readonly warning: string;
  readonly critical: string;
  readonly search: string;
  readonly replace: string;
  readonly emptyMessage: string;
  /** 0–3; an unknown name counts as 0, as in the original program. */
  readonly emptyState: number;
  readonly label: string;
}

/** Help or version was requested; the message is the text. */
export class HelpRequest extends Error {
  override readonly name: string = "HelpRequest";
  readonly code = "HELP";
}

const VERSION = "0.0.7"; // of the program that is reimplemented
const MAX_COOKIE_VALUE = 4096;
const FLAGS: FlagSet = {
  timeout: "integer",
  "data-age": "integer",
  verbose: "switch",
  insecure: "switch",
  address: "text",
  q: "text",
  a: "text",
  w: "text",
  c: "text",
  l: "text",
  search: "text",
  replace: "text",
  eqm: "text",
  eqs: "text",
  "query-encoding": "text",
  cookie: "text",
  help: "switch",
  version: "switch",
};
const ALIASES = { t: "timeout", f: "data-age", k: "insecure", h: "help", v: "version" };
const MODES: Readonly<Record<string, PrometheusOptions["mode"]>> = {
  ping: "ping",
  p: "ping",
  query: "query",
  q: "query",
  targets_health: "targets_health",
};
const USAGE = `Usage:
  check_prometheus [options] mode ping|query|targets_health [options]

Options:
  -t, --timeout <seconds>      default 10, 0: none
  -f, --data-age <seconds>     older data is UNKNOWN, default 300, 0: any age
  --address <url>              default http://localhost:9100
  -k, --insecure               accept every certificate
  --cookie <name>=<value>      may be repeated
  -w, -c <range>               thresholds, for query and targets_health
  -l <label>                   targets_health: label of the performance data, default instance
  -q <query>                   query: PromQL
  --query-encoding <kind>      query: raw (default), base64 or url
  -a <text>                    query: text instead of the query, {{.label}} and {{if}} are replaced
  --search, --replace <text>   query: regular expression and replacement for labels of performance data
  --eqm <text>, --eqs <state>  query: text and state when there is no data`;

/**
 * Reads arguments; options may come before or after the mode.
 *
 * @throws HelpRequest; FlagError for arguments that cannot be read
 * Source: worker.md 6; `check_prometheus: pkg/checker/checker.go`.
 */
export function prometheusOptions(args: readonly Buffer[]): PrometheusOptions {
  const { values, words, cookies } = readArguments(args);
  if (values.get("version") === "true") throw new HelpRequest(`check_prometheus version ${VERSION}`);
  const [command, name] = words;
  const mode = name !== undefined && Object.hasOwn(MODES, name) ? MODES[name] : undefined;
  if (values.get("help") === "true" || mode === undefined || (command !== "mode" && command !== "m")) {
    throw new HelpRequest(USAGE);
  }
  const text = (flag: string, otherwise = "") => values.get(flag) ?? otherwise;
  return {
    mode,
    address: addressOf(text("address", "http://localhost:9100")),
    timeoutSeconds: Math.max(0, Number(text("timeout", "10"))),
    dataAgeSeconds: Number(text("data-age", "300")),
    insecure: text("insecure") === "true",
    cookies: cookies.map(checkedCookie),
    query: decoded(text("q"), text("query-encoding", "raw")),
    alias: text("a"),
    warning: text("w"),
    critical: text("c"),
    search: text("search"),
    replace: text("replace"),
    emptyMessage: text("eqm"),
    emptyState: /^[a-z]+$/i.test(text("eqs")) ? (stateNumber(text("eqs")) ?? 0) : 0,
    label: text("l", "instance"),
  };
}

function readArguments(args: readonly Buffer[]) {
  const values = new Map<string, string>();
  const words: string[] = [];
  const cookies: string[] = [];
  let rest = args;
  while (rest.length > 0) {
    const before = rest;
    const step = parseFlags(rest, FLAGS, ALIASES, (name, value) => {
      if (name === "cookie") cookies.push(value);
      else values.set(name, value);
    });
    rest = step.rest;
    if (before.length > rest.length && before[before.length - rest.length - 1]?.toString() === "--") break;
    const [word] = rest;
    if (word !== undefined) words.push(word.toString());
    rest = rest.slice(1);
  }
  return { values, words, cookies };
}

/** @throws FlagError INVALID_VALUE */
function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new FlagError("INVALID_VALUE", `invalid value ${JSON.stringify(text)} for flag -address: no URL`);
}

/** @throws FlagError INVALID_VALUE */
function checkedCookie(text: string): string {
  const failed = (why: string) =>
    new FlagError("INVALID_VALUE", `invalid value ${JSON.stringify(text)} for flag -cookie: ${why}`);
  const [name, value, more] = text.split("=");
  if (value === undefined || more !== undefined) {
    throw failed("there should be exactly one '=' in the cookie definition");
  }
  if (name === "") throw failed("cookie key cannot be empty");
  if (value === "") throw failed("cookie value cannot be empty");
  if (value.length > MAX_COOKIE_VALUE) throw failed("cookie value cannot be longer than 4096 characters");
  if (/[;,\s"\\]|[^\x21-\x7e]/.test(text)) throw failed("there is a character that may not be in a cookie");
  return text;
}

/** @throws FlagError INVALID_VALUE */
function decoded(query: string, encoding: string): string {
  const failed = (why: string) => new FlagError("INVALID_VALUE", why);
  switch (encoding.toLowerCase()) {
    case "raw":
      return query;
    case "base64":
      if (query.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(query)) {
        return Buffer.from(query, "base64").toString();
      }
      throw failed("base64 query decoding failed with error: illegal base64 data");
    case "url":
      try {
        return decodeURIComponent(query.replaceAll("+", " "));
      } catch {
        throw failed("url query decoding failed with error: invalid URL escape");
      }
    default:
      throw failed(
        `invalid value ${JSON.stringify(encoding)} for flag -query-encoding: unknown query encoding, available values are 'raw', 'base64', 'url'`,
      );
  }
}
