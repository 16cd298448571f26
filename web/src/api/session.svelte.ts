// Who is signed in. A proxy signs people in by itself; on a direct connection the API key is asked for and kept in this tab's memory
// only. Pictures and videos are fetched by the browser itself, which sends no key: for them the gateway changes the key into a
// short-lived cookie that scripts cannot read.

import { ApiFault, faultOf } from "./fault";

/** The cookie lives fifteen minutes; it is renewed well before. */
const RENEW_AFTER_MS = 5 * 60_000;

let key: string | null = null;
let renewal: ReturnType<typeof setInterval> | undefined;
let signedOut = $state(false);

export const session = {
  /** Nobody is signed in: the gateway said so. */
  get signedOut(): boolean {
    return signedOut;
  },
  /** Whether signing out would do anything: the proxy's session is not ours to end. */
  get byKey(): boolean {
    return key !== null;
  },
};

export function authorization(): Record<string, string> {
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

/** An answer was 401. */
export function refused(): void {
  signedOut = true;
  forget();
}

/** Tries a key, and keeps it when it is right. */
export async function signIn(candidate: string): Promise<void> {
  await changeIntoCookie(candidate);
  key = candidate;
  signedOut = false;
  clearInterval(renewal);
  renewal = setInterval(() => void changeIntoCookie(candidate).catch(() => {}), RENEW_AFTER_MS);
}

export async function signOut(): Promise<void> {
  const headers = authorization();
  forget();
  signedOut = true;
  await fetch("/api/session", { method: "DELETE", headers }).catch(() => {});
}

function forget(): void {
  key = null;
  clearInterval(renewal);
}

async function changeIntoCookie(candidate: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch("/api/session", { method: "POST", headers: { Authorization: `Bearer ${candidate}` } });
  } catch {
    throw new ApiFault(0, "");
  }
  if (!response.ok) throw faultOf(response.status, await response.json().catch(() => null));
}
