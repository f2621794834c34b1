import { join } from "node:path";

import { naemonPrefix, whyNoContainers, whyNoNaemon } from "./capabilities.ts";
import type { CoreKind } from "./image.ts";

/** A core under test: path of its program in the image, and why it cannot be used here. */
export interface CoreUnderTest {
  readonly kind: CoreKind;
  readonly binary: string;
  readonly whyNot: string | undefined;
}

/** Both supported families. */
export const cores: readonly CoreUnderTest[] = [
  { kind: "nagios4", binary: "/usr/sbin/nagios4", whyNot: whyNoContainers() },
  { kind: "naemon", binary: join(naemonPrefix() ?? "/usr", "bin/naemon"), whyNot: whyNoNaemon() },
];
