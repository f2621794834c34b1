import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type CheckRun, type Hop, hopsOf } from "./check-hops.ts";
import { milliseconds } from "./format.ts";
import { hasChecks, type ViewProps } from "./view-props.ts";

type Answer = { readonly runs: readonly CheckRun[] } | { readonly problem: string } | undefined;

/** The last runs of one check, with the time that each hop took. */
export function ChecksView({ site, route, change, act }: ViewProps): JSX.Element {
  const { host = "", service = "" } = route.values;
  const [answer, setAnswer] = useState<Answer>(undefined);
  useEffect(() => {
    let isOver = false;
    setAnswer(undefined);
    if (host !== "" && site.can.checks)
      void askChecks(host, service).then((found) => {
        if (!isOver) setAnswer(found);
      });
    return () => {
      isOver = true;
    };
  }, [host, service, site.can.checks]);
  if (!hasChecks(site))
    return <p class="empty">The times of checks are on the page of the bridge; this is a job server.</p>;
  return (
    <>
      <form class="tools" onSubmit={(event) => onSubmit(event, change)}>
        <Field name="host" label="Host" value={host} />
        <Field name="service" label="Service" value={service} />
        <button type="submit">Show</button>
      </form>
      {host !== "" && site.can.checks && <Runs answer={answer} />}
      {!site.can.checks && <p class="empty">The times of checks are on the page of the bridge.</p>}
      {host !== "" && (
        <p class="buttons">
          {placesOf(site).map((server) => (
            <button
              key={server}
              type="button"
              onClick={() =>
                act(
                  "run",
                  server === "" ? { host, service } : { host, service, server },
                  `Run the check ${host} ${service} now?`,
                )
              }
            >
              Run now{server !== "" && ` at ${server}`}
            </button>
          ))}
        </p>
      )}
    </>
  );
}

/** Who can have a check run: this program, which has no name here, else pages of bridges. */
function placesOf({ can }: ViewProps["site"]): readonly string[] {
  return can.actions.includes("run") ? [""] : (can.runAt ?? []);
}

function Field({ name, label, value }: { name: string; label: string; value: string }): JSX.Element {
  return (
    <label class="filter">
      <span>{label}</span>
      <input name={name} defaultValue={value} autocomplete="off" spellcheck={false} maxLength={300} />
    </label>
  );
}

function onSubmit(event: SubmitEvent, change: ViewProps["change"]): void {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  change({ host: String(form.get("host") ?? ""), service: String(form.get("service") ?? "") });
}

async function askChecks(host: string, service: string): Promise<Answer> {
  try {
    const response = await fetch(
      `api/checks?${new URLSearchParams(service === "" ? { host } : { host, service })}`,
    );
    if (!response.ok) return { problem: (await response.text()).slice(0, 200) };
    const { checks } = (await response.json()) as { checks: readonly CheckRun[] };
    return { runs: checks };
  } catch {
    return { problem: "The bridge does not answer." };
  }
}

function Runs({ answer }: { readonly answer: Answer }): JSX.Element {
  if (answer === undefined) return <p class="empty">Asking the bridge.</p>;
  if ("problem" in answer) return <p class="empty">{answer.problem}</p>;
  if (answer.runs.length === 0) return <p class="empty">The bridge knows no run of this check.</p>;
  return (
    <>
      {answer.runs.map((run, at) => (
        <Run key={at} run={run} />
      ))}
    </>
  );
}

function Run({ run }: { readonly run: CheckRun }): JSX.Element {
  const hops = hopsOf(run);
  const whole = hops.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
  const largest = hops.toSorted((a, b) => b.lengthMs - a.lengthMs)[0];
  const planned = run.timesMs.planned ?? run.timesMs.taken;
  const difference = run.clockDifferenceMs ?? 0;
  return (
    <section class="run">
      <h2>
        {run.host} {run.service}
        {typeof planned === "number" && <small> {new Date(planned).toLocaleString()}</small>}
      </h2>
      <p>
        {milliseconds(whole)} in all{largest !== undefined && `, most of it: ${largest.name}`}.
        {run.queue && ` Queue ${run.queue}.`}
        {run.worker && ` Worker ${run.worker}.`}
        {difference !== 0 && ` Its clock differs by ${milliseconds(difference)}; times are moved by that.`}
      </p>
      <ol class="hops">
        {hops.map((hop) => (
          <HopLine key={hop.name} hop={hop} whole={whole} />
        ))}
      </ol>
    </section>
  );
}

function HopLine({ hop, whole }: { readonly hop: Hop; readonly whole: number }): JSX.Element {
  const scale = 100 / Math.max(whole, 1);
  return (
    <li>
      <span class="hop">{hop.name}</span>
      <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect x={hop.fromMs * scale} y="0" width={Math.max(hop.lengthMs * scale, 0.4)} height="4" />
      </svg>
      <span class="number">{milliseconds(hop.lengthMs)}</span>
    </li>
  );
}
