/** `{ [key]: value }` to spread into an object; `{}` if the value is undefined. Internal to the package. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
