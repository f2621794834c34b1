/** The type of {@link omitUndefined}: properties that may be undefined are optional instead. */
export type OmitUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * A copy of an object without its undefined properties, for types with optional ones (`exactOptionalPropertyTypes`).
 * Not for objects created per check or per packet: declare `name: T | undefined` there and copy nothing.
 */
export function omitUndefined<T extends object>(fields: T): OmitUndefined<T> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept as OmitUndefined<T>; // the entries of T except undefined ones
}
