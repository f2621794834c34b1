/** Parts that JSON schemas are made of. */
export const text = { type: "string" };
export const count = { type: "integer", minimum: 0 };
export const measure = { type: "number", minimum: 0 };
export const maybe = (one: object) => ({ anyOf: [one, { type: "null" }] });
export const flag = { type: "boolean" };
export const list = (items: object) => ({ type: "array", items });
export const record = (
  properties: Record<string, object>,
  description: string,
  optional: Record<string, object> = {},
) => ({
  type: "object",
  description,
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
});
