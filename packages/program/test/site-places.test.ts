import { expect, test } from "vitest";
import { SitePlaces } from "../src/site-places.ts";

const placesWith = (files: readonly string[], site?: string) =>
  new SitePlaces((path) => files.includes(path), site);

test("the first usual place with a file; an OMD site's own come first", () => {
  const files = ["/etc/nagios4/nagios.cfg", "/etc/mod_gearman/server.cfg", "/etc/mod-gearman/worker.conf"];
  const places = placesWith(files);
  expect([places.core(), places.module(), places.worker()]).toEqual(files);
  const site = ["/omd/sites/x/tmp/naemon/naemon.cfg", "/omd/sites/x/etc/mod-gearman/server.cfg"];
  const inSite = placesWith([...files, ...site], "/omd/sites/x");
  expect([inSite.core(), inSite.module(), inSite.worker()]).toEqual([...site, files[2]]);
});

test("nothing where there is nothing, and no site in a relative folder", () => {
  const places = placesWith(["etc/mod-gearman/module.conf"], ".");
  expect([places.core(), places.module(), places.worker()]).toEqual([undefined, undefined, undefined]);
});
