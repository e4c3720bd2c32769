// Sign-in, sign-out, and the question whether somebody is.
import { ApiError, call } from "./client";
import { session, signed_out } from "./session";
import type { Session } from "./types";

/** Asks whether the cookie still stands. Leaves the session unknown when nobody answers. */
export async function resume(): Promise<void> {
  try {
    session.set(await call<Session>("GET", "/v1/console/session"));
  } catch (error) {
    if (error instanceof ApiError && error.status === 0) throw error;
    session.set(null);
  }
}

export async function sign_in(api_key: string): Promise<void> {
  session.set(await call<Session>("POST", "/v1/console/sign-in", { body: { api_key } }));
}

export async function sign_out(): Promise<void> {
  try {
    await call("POST", "/v1/console/sign-out");
  } finally {
    signed_out();
  }
}
