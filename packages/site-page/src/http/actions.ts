import type { IncomingMessage } from "node:http";
import { type AdminRoute, type PageAnswer, readBody } from "@mod-gearman/admin-http";
import { type Clock, type Logger, oneLine } from "@mod-gearman/base";
import { type Refusal, refusedOrigin, refusedToken } from "./guard.ts";
import type { OtherListeners } from "./other-listeners.ts";
import { respond } from "./respond.ts";
import { isSigned, type SignatureCheck } from "./signed-request.ts";

/** What was done, for viewer and log; `data` goes to the viewer in its place, and never to the log. */
export interface Done {
  readonly text: string;
  readonly data: object;
}

/** What the page can have done. The values come from the request: texts that are checked where it is done. */
export type Perform = (values: Readonly<Record<string, string>>) => string | Done | Promise<string | Done>;

/** Something was not done, for a reason that the viewer may read. */
export class ActionRefused extends Error {
  override readonly name: string = "ActionRefused";
}

export interface ActionSettings {
  /** By name. */
  readonly actions: Readonly<Record<string, Perform>>;
  /** Undefined: nothing is allowed. */
  readonly token: string | undefined;
  readonly names: ReadonlySet<string>;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly clock: Pick<Clock, "wallMs">;
  readonly signatures: SignatureCheck;
  /** Names of the job servers that this page is of. */
  ownServers(): Promise<readonly string[]>;
  /** An action with one of their names as `server` is theirs. */
  readonly others: Pick<OtherListeners, "has" | "forward">;
}

const MOST_BODY_BYTES = 4096;
const MOST_VALUE = 512;
const MOST_LOGGED = 300;
const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
/** Who has asked another page to forward the action: among its values, so that it is signed too. */
const BY = "by";
const WHO_HEADERS = ["x-remote-user", "x-forwarded-user", "x-forwarded-for"] as const;

/** Names of the actions that are allowed. */
export function allowedActions({ actions, token }: Pick<ActionSettings, "actions" | "token">): string[] {
  return token === undefined ? [] : Object.keys(actions);
}

/** `POST api/actions` with JSON `{ "action": NAME, … }` and the token. Each one is logged with who and what. */
export function actionRoute(settings: ActionSettings): AdminRoute {
  return {
    methods: ["POST"],
    serve: async (request, response) => {
      const { status, contentType, text } = await answer(request, settings);
      if (!request.complete) response.setHeader("connection", "close"); // the rest of the body is not read
      await respond(request, response, status, contentType, `${text.trimEnd()}\n`);
    },
  };
}

const said = (status: number, text: string): PageAnswer => ({ status, contentType: TEXT, text });

async function answer(request: IncomingMessage, settings: ActionSettings): Promise<PageAnswer> {
  const { token, names, logger, signatures } = settings;
  if (token === undefined) return said(403, "actions need --admin-token-file");
  const { authorization, "content-type": type = "" } = request.headers;
  const wasSigned = isSigned(authorization);
  const refuse = ({ status, text }: Refusal): PageAnswer => {
    const who = wasSigned ? addressOf(request) : whoOf(request);
    logger.warn(`page: refused an action of ${who}: ${text.trimEnd()}`);
    return said(status, text);
  };
  const refusal = refusedOrigin(request, names) ?? (wasSigned ? undefined : refusedToken(request, token));
  if (refusal !== undefined) return refuse(refusal);
  if (!/^application\/json\b/.test(type)) return said(415, "an action is JSON");
  const body = (await readBody(request, MOST_BODY_BYTES))?.toString("utf8");
  const refusedLater = wasSigned && signatures.refused(authorization ?? "", body ?? "", token);
  if (refusedLater) return refuse(refusedLater);
  const values = readValues(body);
  if (values === undefined) return said(400, "an action is a JSON object of short texts");
  if (!wasSigned) return perform({ values, who: whoOf(request), request }, { ...settings, token });
  const { [BY]: by, ...own } = values;
  const who = by === undefined ? addressOf(request) : `${addressOf(request)} (${oneLine(by, MOST_VALUE)})`;
  return performForwarded({ values: own, who, request }, settings);
}

/** An action that is allowed. */
interface Asked {
  readonly values: Readonly<Record<string, string>>;
  /** For the log. */
  readonly who: string;
  readonly request: IncomingMessage;
}

type Allowed = ActionSettings & { readonly token: string };

const lineOf = ({ values: { action = "", ...given }, who }: Asked): string =>
  `page: ${who}: ${oneLine(`${action} ${JSON.stringify(given)}`, MOST_LOGGED)}`;

async function perform(asked: Asked, settings: Allowed): Promise<PageAnswer> {
  const { server } = asked.values;
  if (server === undefined || !settings.others.has(server)) return performHere(asked, settings);
  const line = lineOf(asked);
  try {
    return await forward(server, asked, settings, line);
  } catch (error) {
    return failed(error, 502, settings.logger, line);
  }
}

/**
 * Each one names a job server, also where its action does not look at that: so no page does what is for another one. Only a check is run at none: it
 * is for the program that the signature names.
 */
async function performForwarded(asked: Asked, settings: ActionSettings): Promise<PageAnswer> {
  const { action, server = "" } = asked.values;
  if (action === "run" && server === "") return performHere(asked, settings);
  try {
    if ((await settings.ownServers()).includes(server)) return await performHere(asked, settings);
    throw new ActionRefused(`this is not the page of job server ${oneLine(server, MOST_LOGGED)}`);
  } catch (error) {
    return failed(error, 500, settings.logger, lineOf(asked));
  }
}

async function performHere(asked: Asked, { actions, logger }: ActionSettings): Promise<PageAnswer> {
  const { action = "", ...given } = asked.values;
  const own = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (own === undefined) return said(404, "there is no such action here");
  const line = lineOf(asked);
  try {
    return answerOf(await own(given), logger, line);
  } catch (error) {
    return failed(error, 500, logger, line);
  }
}

function failed(
  error: unknown,
  status: 409 | 500 | 502,
  logger: ActionSettings["logger"],
  line: string,
): PageAnswer {
  const text = error instanceof Error ? error.message : String(error);
  logger.warn(`${line} failed: ${oneLine(text, MOST_LOGGED)}`);
  return said(error instanceof ActionRefused ? 409 : status, text);
}

function answerOf(done: string | Done, logger: ActionSettings["logger"], line: string): PageAnswer {
  const { text, data } = typeof done === "string" ? { text: done, data: undefined } : done;
  logger.info(`${line}: ${oneLine(text, MOST_LOGGED)}`);
  return data === undefined
    ? said(200, text)
    : { status: 200, contentType: JSON_TYPE, text: JSON.stringify(data) };
}

/** Has another program do it. Data, such as payloads, are not logged. */
async function forward(
  other: string,
  { values, request }: Asked,
  { others, token, clock, logger }: Allowed,
  line: string,
): Promise<PageAnswer> {
  const by = forwardedFor(request);
  const answered = await others.forward(other, { values, token, clock, by });
  const { status, contentType, text } = answered;
  const what = contentType.startsWith("text/plain") ? oneLine(text.trimEnd(), MOST_LOGGED) : "data were sent";
  if (status === 200) logger.info(`${line}: ${what}`);
  else logger.warn(`${line} failed: ${what}`);
  return { status, contentType: contentType.startsWith("text/plain") ? TEXT : JSON_TYPE, text };
}

const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? "-";

/** Address of the peer, and what a reverse proxy says about the user; anyone with the token could say that too. */
function whoOf(request: IncomingMessage): string {
  const names = namesOf(request.headers);
  return `${addressOf(request)}${names === "" ? "" : ` (${names})`}`;
}

/** The same for the log of another program. */
const forwardedFor = (request: IncomingMessage): string =>
  namesOf({ "x-forwarded-for": addressOf(request), ...request.headers }).slice(0, MOST_VALUE);

function namesOf(headers: IncomingMessage["headers"]): string {
  return WHO_HEADERS.flatMap((name) =>
    headers[name] === undefined ? [] : [`${name} ${oneLine(String(headers[name]), MOST_LOGGED)}`],
  ).join(", ");
}

function readValues(body: string | undefined): Record<string, string> | undefined {
  if (body === undefined) return undefined;
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const entries = Object.entries(given);
  if (!entries.every(([, value]) => typeof value === "string" && value.length <= MOST_VALUE))
    return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
}
