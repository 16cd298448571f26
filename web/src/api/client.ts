// The one way to the gateway: typed by its own description (`openapi.json`), with the key where one was given, and one kind of
// fault for everything that fails.

import createClient from "openapi-fetch";

import { learnServerTime } from "../time/server";
import { ApiFault, faultOf } from "./fault";
import { authorization, refused } from "./session.svelte";
import type { paths } from "./schema.gen";

export { ApiFault } from "./fault";

/** A fetch that knows the key and notices when nobody is signed in any more. */
export async function ask(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiFault(0, "");
  }
  learnServerTime(response.headers.get("Date"));
  if (response.status === 401) refused();
  return response;
}

export const api = createClient<paths>({ fetch: ask });

/** The data of an answer; throws the fault of a refusal. */
export async function ok<Data>(answer: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  const { data, error, response } = await answer;
  if (!response.ok) throw faultOf(response.status, error);
  return data as Data;
}

/** An answer without JSON, such as a picture. */
export async function okBlob(url: string): Promise<Blob> {
  const response = await ask(url);
  if (!response.ok) throw faultOf(response.status, await response.json().catch(() => null));
  return response.blob();
}
