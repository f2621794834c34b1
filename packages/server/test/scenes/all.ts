import type { Scene } from "../play.ts";
import { adminScenes } from "./admin.ts";
import { leavingScenes } from "./leaving.ts";
import { packetScenes } from "./packets.ts";
import { selectionScenes } from "./selection.ts";
import { submitScenes } from "./submit.ts";
import { workScenes } from "./work.ts";

/** Every scene, in the order of the specification. */
export const scenes: readonly Scene[] = [
  ...packetScenes,
  ...submitScenes,
  ...selectionScenes,
  ...workScenes,
  ...leavingScenes,
  ...adminScenes,
];
