/** The default answer to a query of the legacy interface. */
export const LEGACY = {
  header: { source_id: "" },
  payload: [
    {
      command: "check_cpu",
      lines: [
        {
          message: " OK: CPU <fine> ",
          perf: [
            {
              alias: "b",
              float_value: { value: 2.5, unit: "%", warning: 80, critical: 90.25, minimum: 0, maximum: 1e21 },
            },
            { alias: "a", int_value: { value: 1e-7, unit: "s", warning: 1e-7, critical: "1:2" } },
            { alias: "text", string_value: {} },
          ],
        },
      ],
      result: "WARNING",
    },
  ],
};
/** … and of version 1. */
const V1 = {
  command: "check_cpu",
  lines: [
    {
      message: "a ",
      perf: {
        z: { value: 0.125, unit: "%" },
        a: { value: "12", warning: 5, critical: 1e-5, minimum: -0.5, maximum: 3 },
        none: { value: null },
      },
    },
    { message: " b" },
  ],
  result: 2,
};

/** An answer of NSClient++ to a query; some names produce malformed answers. */
export function nscWebBody(name: string, isV1: boolean): string {
  const bodies: Record<string, string> = {
    garbage: "<html>",
    empty: "{}",
    list: "[]",
    wrongtype: isV1 ? '{"result":"OK"}' : '{"payload":[{"lines":5}]}',
    big: "x".repeat(5 * 1024 * 1024),
    rc7: '{"result":7,"lines":[{"message":"seven"}]}',
  };
  return bodies[name] ?? JSON.stringify(isV1 ? V1 : LEGACY);
}
