/** An object type whose possibly undefined properties are optional instead. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without its undefined properties, as `exactOptionalPropertyTypes` wants it. */
export function present<T extends object>(object: T): Present<T> {
  // The entries are those of T minus undefined ones, which is what Present says.
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}
