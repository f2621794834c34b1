/** The part of JSON Schema that the schemas here use. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Whether a value of another program is what it should be: the page would stumble over every other one. */
export function fitsSchema(schema: object, value: unknown): boolean {
  const { type, anyOf, enum: values, ...rest } = schema as Schema;
  if ("const" in rest) return value === rest.const;
  if (values !== undefined) return values.includes(value);
  if (anyOf !== undefined) return anyOf.some((one) => fitsSchema(one, value));
  if (type === "object") return isRecord(value) && hasProperties(rest, value);
  if (type === "array") return Array.isArray(value) && fitsItems(rest, value);
  if (type === "integer" || type === "number") return isMeasure(value, rest.minimum, type === "integer");
  return type === "null" ? value === null : typeof value === type;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasProperties(
  { properties = {}, required = [] }: Schema,
  value: Readonly<Record<string, unknown>>,
): boolean {
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(properties).every(
    ([name, schema]) => !Object.hasOwn(value, name) || fitsSchema(schema, value[name]),
  );
}

function fitsItems(
  { items = {}, minItems = 0, maxItems = Infinity }: Schema,
  value: readonly unknown[],
): boolean {
  if (value.length < minItems || value.length > maxItems) return false;
  return value.every((one) => fitsSchema(items, one));
}

function isMeasure(value: unknown, minimum = -Infinity, isWhole = false): boolean {
  if (typeof value !== "number" || !Number.isFinite(value) || value < minimum) return false;
  return !isWhole || Number.isInteger(value);
}
