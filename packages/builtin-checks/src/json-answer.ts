import * as z from "zod/mini";

/** A missing text is an empty one, as Go decodes it. */
export const Text = z.pipe(
  z.nullish(z.string()),
  z.transform((text) => text ?? ""),
);

/** A missing list is an empty one, as Go decodes it. */
export function listOf<T extends z.ZodMiniType>(entry: T) {
  return z.pipe(
    z.nullish(z.array(entry)),
    z.transform((list) => list ?? []),
  );
}

/**
 * A value of an answer in the form of a schema.
 *
 * @param fail makes the error for the first problem
 * @throws what `fail` makes
 */
export function readAs<T extends z.ZodMiniType>(
  schema: T,
  value: unknown,
  fail: (problem: string) => Error,
): z.output<T> {
  const { success, data, error } = schema.safeParse(value, { error: () => "unexpected type of value" });
  if (success) return data;
  throw fail(error.issues[0]?.message ?? "");
}
