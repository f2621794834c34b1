/** Where a job server listens: host name or IP address, TCP port 1…65535. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, IPv6 addresses in brackets; for log lines. */
export function printAddress(address: ServerAddress): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
