import { parseListenAddress } from "@mod-gearman/admin-http";
import { omitUndefined } from "@mod-gearman/base";
import type { Rights, UnixAddress } from "@mod-gearman/server";

/** A value of `--listener` or `--client-rights` that cannot be used. `message` is fit for users. */
export class BadListener extends Error {
  override readonly name: string = "BadListener";
}

/** What `--listener` says, with files as their names. */
export interface ListenerText {
  /** Undefined: all addresses. */
  readonly host: string | undefined;
  readonly port: number;
  readonly unix: { readonly path: string; readonly mode?: number; readonly owner?: string } | undefined;
  readonly isHttp: boolean;
  readonly isTls: boolean;
  readonly requiresClientCertificate: boolean;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  /** Undefined: everything is allowed. */
  readonly rights: Rights | undefined;
}

const UNIX = "unix:";
const FLAGS = ["tls", "client-cert", "http", "admin", "none"] as const;
const RIGHTS = ["announce", "submit", "view"] as const;
const VALUES = ["certificate", "key", "ca", "mode", "owner", ...RIGHTS] as const;
type Setting = (typeof FLAGS)[number] | (typeof VALUES)[number];

/**
 * `WHERE[,SETTING…]`: `HOST:PORT`, `[V6]:PORT`, `*:PORT`, `PORT` or `unix:PATH`, then settings in any order. `%2C` is a comma.
 *
 * @throws BadListener
 */
export function parseListener(text: string): ListenerText {
  const { first, settings } = split("--listener", text, [...FLAGS, ...VALUES]);
  const fail = failing("--listener", text);
  const isUnix = first.startsWith(UNIX);
  const has = (name: Setting) => settings.has(name);
  if (!isUnix && (has("mode") || has("owner"))) fail("mode and owner are for unix sockets");
  if (!has("tls"))
    for (const name of ["client-cert", "certificate", "key", "ca"] as const)
      if (has(name)) fail(`${name} needs tls`);
  return {
    ...(isUnix ? { host: undefined, port: 0 } : address(first, fail)),
    unix: isUnix ? unixOf(first, settings, fail) : undefined,
    isHttp: has("http"),
    isTls: has("tls"),
    requiresClientCertificate: has("client-cert"),
    certificate: settings.get("certificate")?.[0],
    key: settings.get("key")?.[0],
    ca: settings.get("ca")?.[0],
    rights: rightsOf(settings),
  };
}

/**
 * `NAME[,SETTING…]`: the name of a certificate, `CN:…`, `DNS:…`, `URI:…`, `IP:…` or `email:…`, and its rights.
 *
 * @throws BadListener
 */
export function parseClientRights(text: string): Rights & { readonly name: string } {
  const { first: name, settings } = split("--client-rights", text, ["admin", "none", ...RIGHTS]);
  const fail = failing("--client-rights", text);
  if (!/^(?:CN|DNS|URI|IP|email):./.test(name)) fail("a name is CN:…, DNS:…, URI:…, IP:… or email:…");
  const rights = rightsOf(settings) ?? fail("no rights are given; none is one of them");
  return { name, ...rights };
}

type Settings = ReadonlyMap<Setting, readonly string[]>;
type Fail = (why: string) => never;

function failing(option: string, text: string): Fail {
  return (why) => {
    throw new BadListener(`${option}=${text}: ${why}`);
  };
}

function split(
  option: string,
  text: string,
  allowed: readonly Setting[],
): { first: string; settings: Settings } {
  const fail = failing(option, text);
  const [first = "", ...rest] = text.split(",");
  const settings = new Map<Setting, string[]>();
  for (const one of rest) {
    const { name, value } = settingOf(one, allowed, fail);
    const earlier = settings.get(name);
    if (earlier !== undefined && !isOneOf(RIGHTS, name)) fail(`${name} is given twice`);
    settings.set(name, [...(earlier ?? []), ...(value === undefined ? [] : [value])]);
  }
  return { first: decoded(first), settings };
}

/** `name` or `name=value`. */
function settingOf(
  text: string,
  allowed: readonly Setting[],
  fail: Fail,
): { name: Setting; value: string | undefined } {
  const at = text.indexOf("=");
  const name = (at === -1 ? text : text.slice(0, at)) as Setting;
  if (!allowed.includes(name)) fail(`'${name}' is unknown; known are ${allowed.join(", ")}`);
  const value = at === -1 ? undefined : text.slice(at + 1);
  if (isOneOf(FLAGS, name)) {
    if (value !== undefined) fail(`${name} has no value`);
  } else if (value === undefined || value === "") {
    fail(`${name} needs a value`);
  }
  return { name, value };
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function address(text: string, fail: Fail): { host: string | undefined; port: number } {
  try {
    return parseListenAddress(text, undefined);
  } catch {
    return fail(`'${text}' is neither HOST:PORT, PORT nor unix:PATH`);
  }
}

function unixOf(first: string, settings: Settings, fail: Fail): NonNullable<ListenerText["unix"]> {
  const path = first.slice(UNIX.length);
  if (!path.startsWith("/")) fail("the path of a unix socket begins with /");
  const mode = settings.get("mode")?.[0];
  if (mode !== undefined && !/^0?[0-7]{3}$/.test(mode)) fail("mode is three octal digits, as 660");
  const owner = settings.get("owner")?.[0];
  return {
    path,
    ...omitUndefined({ mode: mode === undefined ? undefined : Number.parseInt(mode, 8), owner }),
  };
}

/** Several names of a list stand between plus signs, or the setting is repeated. */
function rightsOf(settings: Settings): Rights | undefined {
  const names = (setting: (typeof RIGHTS)[number]) =>
    (settings.get(setting) ?? []).flatMap((list) => list.split("+")).map((name) => toLatin1(decoded(name)));
  const isGiven = ["admin", "none", ...RIGHTS].some((name) => settings.has(name as Setting));
  if (!isGiven) return undefined;
  const [announce, submit, view] = [names("announce"), names("submit"), names("view")];
  return { announce, submit, view, admin: settings.has("admin") };
}

/** `%2C` and the like stand for one byte each. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Names of functions are bytes. */
function toLatin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Numbers of `USER[:GROUP]` by `/etc/passwd` and `/etc/group`. @throws BadListener */
export function ownerOf(text: string, readFile: (path: string) => Buffer): NonNullable<UnixAddress["owner"]> {
  const [user = "", group] = text.split(":");
  const found = entryOf("/etc/passwd", user, readFile);
  const groupId = group === undefined ? found?.[3] : entryOf("/etc/group", group, readFile)?.[2];
  const userId = found?.[2];
  if (userId === undefined) throw new BadListener(`owner=${text}: there is no user ${user}`);
  if (groupId === undefined) throw new BadListener(`owner=${text}: there is no group ${group}`);
  return { userId: Number(userId), groupId: Number(groupId) };
}

function entryOf(path: string, name: string, readFile: (path: string) => Buffer): string[] | undefined {
  const lines = readFile(path).toString("utf8").split("\n");
  return lines.map((line) => line.split(":")).find(([first]) => first === name);
}
