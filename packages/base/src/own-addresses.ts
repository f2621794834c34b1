/** Addresses of this machine, of all its interfaces. Takes a third of a millisecond. @throws the error of `node:os` */
export function ownAddresses(): string[] {
  const { networkInterfaces } = process.getBuiltinModule("node:os"); // most programs do without
  return Object.values(networkInterfaces()).flatMap((ends = []) => ends.map(({ address }) => address));
}
