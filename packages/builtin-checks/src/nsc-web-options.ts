import type { SecureVersion } from "node:tls";
import { isResourceShortage } from "@mod-gearman/base";
import { FlagError, type FlagSet, parseFlags } from "./flags.ts";
import { readNscWebConfig } from "./nsc-web-config.ts";
import { stateNumber } from "./states.ts";

export interface NscWebOptions {
  readonly url: string;
  readonly login: string;
  readonly password: string;
  readonly isV1: boolean;
  /** 0: only the timeout of the job counts. */
  readonly timeoutSeconds: number;
  readonly timeoutState: number;
  readonly errorState: number;
  readonly verbose: boolean;
  readonly json: boolean;
  readonly raw: boolean;
  readonly tlsMin: SecureVersion;
  readonly tlsMax: SecureVersion | undefined;
  readonly tlsServerName: string | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly insecure: boolean;
  /** Digits after the point of performance data; −1: as many as there are. */
  readonly floatDigits: number;
  /** Command with its arguments; empty: only checks that the agent answers. */
  readonly query: readonly string[];
  /** Flags whose value comes from the file of `-config`; the output must not show it. */
  readonly fromFile: ReadonlySet<string>;
}

/** Arguments that end the check before a request; the message is its whole output. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  readonly code = "USAGE";
}

const UNKNOWN = 3;
const VERSION = "0.7.6"; // of the program that is reimplemented
const FLAGS: FlagSet = {
  u: "text",
  l: "text",
  p: "text",
  a: "text",
  t: "text",
  e: "text",
  v: "switch",
  vv: "switch",
  j: "switch",
  r: "switch",
  V: "switch",
  k: "switch",
  tlsmin: "text",
  tlsmax: "text",
  tlshostname: "text",
  C: "text",
  K: "text",
  ca: "text",
  f: "integer",
  config: "text",
  query: "text",
};
const ALIASES = { vvv: "vv" };
const TLS_VERSIONS: Readonly<Record<string, SecureVersion>> = {
  "tls1.0": "TLSv1",
  tls10: "TLSv1",
  "tls1.1": "TLSv1.1",
  tls11: "TLSv1.1",
  "tls1.2": "TLSv1.2",
  tls12: "TLSv1.2",
  "tls1.3": "TLSv1.3",
  tls13: "TLSv1.3",
};
const ENVIRONMENT: Readonly<Record<string, string>> = {
  check_nsc_web_password: "p",
  check_nsc_web_login: "l",
  check_nsc_web_timeout: "t",
};
const USAGE = `Usage:
  check_nsc_web [options] [command [arguments]]

Asks an agent (SNClient, NSClient++) for the result of a check over HTTP(S).

Options:
  -u <url>                URL of the agent, e.g. https://192.0.2.1:8443
  -p <password>           password
  -l <login>              login, default admin
  -a <version>            API version: legacy (default) or 1
  -t <seconds>[:<state>]  timeout and its state, default 10:UNKNOWN
  -e <state>              state of connection errors, default UNKNOWN
  -config <file>          file with lines of "name value" or "name=value"
  -query <text>           command with arguments, for the file
  -k                      accept every certificate
  -ca <file>              certificate authority (PEM)
  -C <file> -K <file>     certificate and key of the client (PEM)
  -tlsmin, -tlsmax        TLS versions: tls1.0 (default of -tlsmin) to tls1.3
  -tlshostname <name>     name expected in the certificate
  -f <digits>             digits of performance data behind the point, default -1: all
  -j                      print the answer as JSON
  -r                      print the answer as it is
  -v, -vv, -vvv           print request and answer too
  -V                      print the version

Environment, as assignments in front of the command: check_nsc_web_password, check_nsc_web_login,
check_nsc_web_timeout, or all in upper case. Options win.`;

/**
 * Reads arguments, assignments in front of the command and, if given, the configuration file. Arguments take precedence over
 * the file, the file over the assignments.
 *
 * @throws UsageError
 * Source: worker.md 6; `check_nsc_web: pkg/checknscweb/check.go`.
 */
export async function nscWebOptions(
  args: readonly Buffer[],
  env: readonly (readonly [Buffer, Buffer])[],
): Promise<NscWebOptions> {
  const { values, rest } = readArguments(args);
  if (values.get("V") === "true") throw new UsageError(`check_nsc_web v${VERSION}`);
  const config = values.get("config");
  const fromFile =
    config === undefined || config === "" ? new Map<string, string>() : await readConfig(config);
  const merged = new Map([...fromEnvironment(env), ...fromFile, ...values]);
  const hidden = new Set([...fromFile.keys()].filter((name) => !values.has(name)));
  const text = (name: string, otherwise = "") => merged.get(name) ?? otherwise;
  const isOn = (name: string) => merged.get(name) === "true";
  for (const name of ["u", "p"]) {
    if (text(name) === "") throw new UsageError(`UNKNOWN - missing required -${name} argument\n${USAGE}`);
  }
  const query = text("query");
  const optional = (name: string) => text(name) || undefined;
  return {
    url: text("u"),
    login: text("l", "admin"),
    password: text("p"),
    isV1: text("a", "legacy") === "1",
    ...timeoutOf(text("t", "10:UNKNOWN"), hidden.has("t")),
    errorState: stateNumber(text("e", "UNKNOWN")) ?? UNKNOWN,
    verbose: isOn("v") || isOn("vv"),
    json: isOn("j"),
    raw: isOn("r"),
    tlsMin: tlsVersion("tlsmin", text("tlsmin"), hidden) ?? "TLSv1",
    tlsMax: tlsVersion("tlsmax", text("tlsmax"), hidden),
    tlsServerName: optional("tlshostname"),
    caFile: optional("ca"),
    certFile: optional("C"),
    keyFile: optional("K"),
    insecure: isOn("k"),
    floatDigits: Number(text("f", "-1")),
    query: [...rest.map((word) => word.toString()), ...(query === "" ? [] : query.split(" "))],
    fromFile: hidden,
  };
}

function readArguments(args: readonly Buffer[]) {
  try {
    return parseFlags(args, FLAGS, ALIASES);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new UsageError(error.code === "HELP" ? USAGE : `UNKNOWN - ${error.message}\n${USAGE}`);
  }
}

function fromEnvironment(env: readonly (readonly [Buffer, Buffer])[]): [string, string][] {
  return env.flatMap(([name, value]): [string, string][] => {
    const text = name.toString("latin1");
    const lower = text.toLowerCase();
    const isKnown = Object.hasOwn(ENVIRONMENT, lower) && (text === lower || text === text.toUpperCase());
    return isKnown ? [[ENVIRONMENT[lower] ?? "", value.toString()]] : [];
  });
}

/** @throws UsageError */
async function readConfig(path: string): Promise<Map<string, string>> {
  try {
    return await readNscWebConfig(path, FLAGS, ALIASES);
  } catch (error) {
    if (isResourceShortage((error as NodeJS.ErrnoException).code)) throw error;
    throw new UsageError((error as Error).message);
  }
}

/** @throws UsageError */
function timeoutOf(text: string, isHidden: boolean): Pick<NscWebOptions, "timeoutSeconds" | "timeoutState"> {
  const [seconds = "", state] = text.split(":");
  if (text === "") return { timeoutSeconds: 10, timeoutState: UNKNOWN };
  if (!/^[+-]?\d{1,9}$/.test(seconds)) {
    const given = isHidden ? "" : ` parsing ${JSON.stringify(seconds)}:`;
    throw new UsageError(`UNKNOWN - cannot parse timeout: strconv.Atoi:${given} invalid syntax`);
  }
  const timeoutState = state === undefined ? UNKNOWN : (stateNumber(state) ?? UNKNOWN);
  return { timeoutSeconds: Math.max(0, Number(seconds)), timeoutState };
}

/** @throws UsageError */
function tlsVersion(flag: string, text: string, hidden: ReadonlySet<string>): SecureVersion | undefined {
  if (text === "") return undefined;
  const lower = text.toLowerCase();
  if (Object.hasOwn(TLS_VERSIONS, lower)) return TLS_VERSIONS[lower];
  const given = hidden.has(flag) ? "the value in the configuration file" : text;
  throw new UsageError(
    `UNKNOWN - ${flag}: cannot parse ${given} into tls version, supported values are: tls1.0, tls1.1, tls1.2, tls1.3`,
  );
}
