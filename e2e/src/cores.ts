import { join } from "node:path";

import { naemonPrefix, nagiosPrefix, whyNoNaemon, whyNoNagios } from "./capabilities.ts";
import type { CoreKind } from "./image.ts";

/** A core under test: path of its program in the image, and why it cannot be used here. */
export interface CoreUnderTest {
  readonly kind: CoreKind;
  readonly binary: string;
  readonly whyNot: string | undefined;
}

/** Debian's Nagios, or the one of `E2E_NAGIOS_PREFIX`. */
function nagiosBinary(): string {
  const prefix = nagiosPrefix();
  return prefix === undefined ? "/usr/sbin/nagios4" : join(prefix, "bin/nagios");
}

/** Both supported families. */
export const cores: readonly CoreUnderTest[] = [
  { kind: "nagios4", binary: nagiosBinary(), whyNot: whyNoNagios() },
  { kind: "naemon", binary: join(naemonPrefix() ?? "/usr", "bin/naemon"), whyNot: whyNoNaemon() },
];
