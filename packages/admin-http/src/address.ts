/** Where to listen; `host` undefined: on all addresses. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const MOST = 65_535;

/**
 * `HOST:PORT`, `[V6]:PORT`, `:PORT` or `PORT`.
 *
 * @param bareHost host if only a port is given
 * @throws RangeError
 */
export function parseListenAddress(text: string, bareHost: string | undefined): ListenAddress {
  const parts = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$|^(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3] ?? parts?.[4]);
  if (parts === null || port > MOST) throw new RangeError(`${text} is not HOST:PORT`);
  const host = parts[1] ?? parts[2] ?? "";
  if (host === "*") return { host: undefined, port };
  return { host: host === "" ? bareHost : host, port };
}

/** Whether one can listen at `text`: `HOST:PORT`, `[V6]:PORT`, `*:PORT`, `:PORT` or `PORT`. */
export function isListenAddress(text: string): boolean {
  try {
    parseListenAddress(text, undefined);
    return true;
  } catch {
    return false;
  }
}
