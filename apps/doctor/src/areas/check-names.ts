import { fromUtf8 } from "@mod-gearman/config";
import type { TracedCheck } from "@mod-gearman/observe";

/** Of its object. Texts of the report are bytes. */
export const nameOf = ({ host, service }: Pick<TracedCheck, "host" | "service">): string =>
  fromUtf8(service === null ? host : `${host} ${service}`);

/** `1.5 s` */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
