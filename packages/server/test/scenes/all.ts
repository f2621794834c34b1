import type { Scene } from "../play.ts";
import { packetScenes } from "./packets.ts";
import { submitScenes } from "./submit.ts";
import { workScenes } from "./work.ts";

/** Every scene, in the order of the specification. */
export const scenes: readonly Scene[] = [...packetScenes, ...submitScenes, ...workScenes];
