import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SiteSnapshot } from "../model/snapshot.ts";
import { ActionDialog, type Wish } from "./action-dialog.tsx";
import { ChecksView } from "./checks-view.tsx";
import { type Feed, follow } from "./feed.ts";
import { HealthBanner } from "./health-banner.tsx";
import { JobsView } from "./jobs-view.tsx";
import { OneQueue } from "./one-queue.tsx";
import { OneWorker } from "./one-worker.tsx";
import { QueuesView } from "./queues-view.tsx";
import { listLink, parseRoute, type Route, VIEWS, type ViewName } from "./route.ts";
import { ServersView } from "./servers-view.tsx";
import { hasChecks, type ViewProps } from "./view-props.ts";
import { WorkersView } from "./workers-view.tsx";

const TITLES: Record<ViewName, string> = {
  queues: "Queues",
  workers: "Workers",
  jobs: "Running",
  checks: "Checks",
  servers: "Servers",
};

/** The whole page. */
export function App(): JSX.Element {
  const [feed, setFeed] = useState<Feed>({ site: undefined, isLive: true });
  const [route, setRoute] = useState<Route>(parseRoute(location.hash));
  const [wish, setWish] = useState<Wish | undefined>(undefined);
  const [token, setToken] = useState("");
  const [done, setDone] = useState("");
  useEffect(() => follow(setFeed), []);
  useEffect(() => listenToAddress(setRoute), []);
  const { site, isLive } = feed;
  const onEnd = (given: string, text: string | undefined): void => {
    setWish(undefined);
    setToken(given);
    if (text === undefined) return;
    if (wish?.onAnswer === undefined) setDone(text.slice(0, 500));
    else wish.onAnswer(text);
  };
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        To the content
      </button>
      <Header site={site} isLive={isLive} />
      {site !== undefined && <HealthBanner health={site.health} />}
      <Tabs site={site} route={route} />
      <main id="main" tabIndex={-1}>
        <p class="done" role="status">
          {done}
        </p>
        {site === undefined ? (
          <p class="empty">{isLive ? "Asking the server." : "The server does not answer."}</p>
        ) : (
          <View
            site={site}
            route={route}
            change={(values) => changeValues(route, values)}
            act={(action, values, question, more) => setWish({ action, values, question, ...more })}
          />
        )}
      </main>
      {wish !== undefined && <ActionDialog wish={wish} token={token} onEnd={onEnd} />}
    </>
  );
}

function Header({ site, isLive }: { site: SiteSnapshot | undefined; isLive: boolean }): JSX.Element {
  return (
    <header>
      <h1>Mod-Gearman</h1>
      {site !== undefined && (
        <p>
          {site.program} {site.version}
          <span class={isLive ? "live" : "dead"}>
            {isLive ? "live" : `no answer since ${new Date(site.atMs).toLocaleTimeString()}`}
          </span>
        </p>
      )}
    </header>
  );
}

function Tabs({ site, route }: { site: SiteSnapshot | undefined; route: Route }): JSX.Element {
  const counts: Partial<Record<ViewName, number>> =
    site === undefined
      ? {}
      : {
          queues: site.queues.filter(({ isStale }) => !isStale).length,
          workers: site.workers.length,
          jobs: site.jobs.length + site.omitted.jobs,
          servers: site.servers.length,
        };
  return (
    <nav aria-label="Parts of the page">
      {VIEWS.filter((name) => name !== "checks" || site === undefined || hasChecks(site)).map((name) => (
        <a key={name} href={listLink(name)} aria-current={route.view === name ? "page" : undefined}>
          {TITLES[name]}
          {counts[name] !== undefined && <span class="count">{counts[name]}</span>}
        </a>
      ))}
    </nav>
  );
}

function View(props: ViewProps): JSX.Element {
  const { view, one } = props.route;
  if (view === "queues") return one === undefined ? <QueuesView {...props} /> : <OneQueue {...props} />;
  if (view === "workers") return one === undefined ? <WorkersView {...props} /> : <OneWorker {...props} />;
  if (view === "jobs") return <JobsView {...props} />;
  if (view === "checks") return <ChecksView {...props} />;
  return <ServersView {...props} />;
}

/** Follows the fragment; `/` goes to the filter. */
function listenToAddress(setRoute: (route: Route) => void): () => void {
  const onHash = (): void => setRoute(parseRoute(location.hash));
  const onKey = (event: KeyboardEvent): void => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = document.querySelector<HTMLInputElement>("[data-filter]");
    if (field === null) return;
    event.preventDefault();
    field.focus();
  };
  window.addEventListener("hashchange", onHash);
  window.addEventListener("keydown", onKey);
  return () => {
    window.removeEventListener("hashchange", onHash);
    window.removeEventListener("keydown", onKey);
  };
}

/** Values of the same part of the page; the way back leads to the part before, not to each letter of a filter. */
function changeValues(route: Route, values: Readonly<Record<string, string>>): void {
  const [head = ""] = location.hash.replace(/^#/, "").split("?", 1);
  const given = Object.entries({ ...route.values, ...values }).filter(([, value]) => value !== "");
  const query = given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
  history.replaceState(undefined, "", `#${head === "" ? route.view : head}${query}`);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** No link: the fragment is the address of a part of the page. */
function skip(): void {
  document.getElementById("main")?.focus();
}
