// @module-tag slow
import { startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { liveBridge } from "./live-bridge.ts";

test("admin_listen serves metrics and health; a bridge without job server is not healthy", async (context) => {
  const gearmand = await startGearmand(context);
  const { adminPort } = await liveBridge(gearmand.port, " admin_listen=127.0.0.1:0");
  const url = `http://127.0.0.1:${await adminPort()}`;
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("modgearmanbridge_core_attached 1");
  const health = async () => {
    const answer = await fetch(`${url}/healthz`);
    return [answer.status, await answer.text()];
  };
  expect(await health()).toEqual([200, "ok\n"]);
  await gearmand.kill();
  await waitFor("the server away", async () => (await health())[0] === 503);
  expect(await health()).toEqual([503, "no job server is connected\n"]);
});
