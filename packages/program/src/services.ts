/** Port of a TCP service in the text of /etc/services, by its name or an alias. Source: services(5). */
export function servicePort(services: string, name: string): number | undefined {
  for (const line of services.split("\n")) {
    const [first, port = "", ...aliases] = (line.split("#", 1)[0] ?? "").trim().split(/\s+/);
    if (first !== name && !aliases.includes(name)) continue;
    const [, digits] = /^([0-9]{1,5})\/tcp$/.exec(port) ?? [];
    if (digits !== undefined) return Number(digits);
  }
  return undefined;
}
