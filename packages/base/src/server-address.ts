/** Address of a job server: host name or IP address, TCP port 1…65535. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export function isSameServer(one: ServerAddress, other: ServerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}

/** `host:port`, IPv6 addresses in brackets: for log lines, and unique per server. */
export function printAddress({ host, port }: ServerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
