import { describe, test } from "vitest";
import { play } from "./play.ts";
import { scenes } from "./scenes/all.ts";
import { ourStage, ourTcpStage, realStage } from "./stages.ts";

describe.for(scenes)("$name", (scene) => {
  test("ours", async (context) => {
    await play(scene, ourStage(context, scene.options ?? {}));
  });

  test("ours, every request byte by byte", async (context) => {
    await play(scene, ourStage(context, scene.options ?? {}, "single bytes"));
  });

  test("ours over TCP", async (context) => {
    await play(scene, await ourTcpStage(context, scene.options ?? {}));
  });

  test("gearmand", { tags: "slow" }, async (context) => {
    await play(scene, await realStage(context, scene.options ?? {}));
  });
});
