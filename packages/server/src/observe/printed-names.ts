/** Handle and unique of a job for a log line. */
export function printJobName({
  handle,
  unique,
}: {
  readonly handle: string;
  readonly unique: string;
}): string {
  return fromBytes(`${handle} ${unique}`);
}

/** Number, address and client id of a connection, as in the table `workers`. */
export function printPeerName(peer: {
  readonly id: number;
  readonly address: string;
  readonly clientId: string;
}): string {
  return `${peer.id} ${peer.address} ${fromBytes(peer.clientId)}`;
}

/** Names are bytes, one in each code unit; clients send UTF-8. */
export function fromBytes(names: string): string {
  return Buffer.from(names, "latin1").toString("utf8");
}
