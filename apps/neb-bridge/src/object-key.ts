/** One text for one object; NUL cannot occur in a name. */
export function objectKey(hostName: Buffer, serviceDescription: Buffer | undefined): string {
  const host = hostName.toString("latin1");
  return serviceDescription === undefined ? host : `${host}\0${serviceDescription.toString("latin1")}`;
}
