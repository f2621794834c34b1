/** Address of a job server: host name or IP address, TCP port 1…65535. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** It is spoken to with TLS, never without. */
  readonly tls?: ServerTls;
}

/** How a job server is known, and we to it: paths of PEM files, which are read at every connection attempt. */
export interface ServerTls {
  /** Certificates of the authorities that the server's is to be of; without them no connection is made. */
  readonly caFile?: string;
  /** Our certificate, and its key; both or none. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Name or IP address in the server's certificate, in place of `host`. */
  readonly serverName?: string;
}

export function isSameServer(one: ServerAddress, other: ServerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}

/** `host:port`, IPv6 addresses in brackets: for log lines, and unique per server. */
export function printAddress({ host, port }: ServerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** First part of an entry of a list of servers that are spoken to with TLS. */
export const TLS_SCHEME = "tls://";

/** As the option `server` takes it: `host:port` or `tls://host:port`. */
export function printServer(server: ServerAddress): string {
  return `${server.tls === undefined ? "" : TLS_SCHEME}${printAddress(server)}`;
}

/** Server and way to it: equal for those of which a connection to one serves for the other. {@link serverOfKey} is for users. */
export function connectionKey(server: ServerAddress): string {
  const { tls } = server;
  return tls === undefined ? printServer(server) : `${printServer(server)} ${JSON.stringify(tls)}`;
}

/** The server of a {@link connectionKey}, as {@link printServer}. */
export function serverOfKey(key: string): string {
  return key.split(" ", 1)[0] ?? "";
}
