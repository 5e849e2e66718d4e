/** The workspace: who is signed in decides whether it starts; from then on the feed decides what it shows. */

import { Api, request } from "./api.js";
import { locale } from "./texts.js";
import { acceptInvitation, invitationToken, signIn } from "./signin.js";
import { Workspace } from "./workspace.js";

const RETRY = 2_000;

async function start() {
  document.documentElement.lang = locale;
  /** @type {Api} */
  const api = new Api((refusal) => {
    const token = invitationToken();
    return token ? acceptInvitation(token, refusal.demo) : signIn(refusal, api.session !== null);
  });
  const session = await beginSession(api);
  new Workspace(api, session).start();
}

/** @param {Api} api */
async function beginSession(api) {
  if (invitationToken()) await stepAside();
  for (;;) {
    try {
      return await api.renew();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
}

/** An invitation is meant for somebody new: whoever is signed in here is signed out. */
async function stepAside() {
  try {
    const { csrf } = /** @type {import("./types.js").Session} */ (await request("GET", "/me"));
    await request("POST", "/logout", {}, csrf);
  } catch {
    return;
  }
}

void start();
