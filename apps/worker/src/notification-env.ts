import type { ParsedJob } from "@mod-gearman/payload";

// The kernel accepts at most 128 KiB for one variable with its name (MAX_ARG_STRLEN), else E2BIG.
const MAX_VALUE_BYTES = 128 * 1024 - 64;

/**
 * Environment of a notification command: the texts of the check it is about. Source: worker.md 4.3, D4. The broker module
 * of today sends neither host nor service, so without a service both pairs are set.
 */
export function notificationEnv(job: ParsedJob): Record<string, Buffer> {
  if (job.kind !== "notification") return {};
  const output = valueOfText(job.pluginOutput);
  const long = valueOfText(job.longPluginOutput);
  const service = { NAGIOS_SERVICEOUTPUT: output, NAGIOS_LONGSERVICEOUTPUT: long };
  if (job.serviceDescription !== undefined) return service;
  return { ...service, NAGIOS_HOSTOUTPUT: output, NAGIOS_LONGHOSTOUTPUT: long };
}

/** The C module prints a missing text as `(null)`. */
const NULL_IN_C = Buffer.from("(null)");

function valueOfText(text: Buffer | undefined): Buffer {
  return text === undefined || text.equals(NULL_IN_C) ? Buffer.alloc(0) : text.subarray(0, MAX_VALUE_BYTES);
}
