import type { ForeignKey } from "./program.ts";
import { namesForSender } from "./tables/foreign.ts";

/** Keys of module and worker, so that a sender can read their files: accepted silently. Source: tools.md 4. */
export const foreignToSender: readonly ForeignKey[] = [{ names: namesForSender.split(" "), bare: true }];
