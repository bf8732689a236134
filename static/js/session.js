/**
 * What the pages of a sitting share: one voice, and the session.
 *
 * Why it is right: saves need only the page's ticket (durable.js); what ends or leaves the paper needs the session. So the
 * page asks first whose session it is, and goes on only when it is its own person's. Where nobody's is, it asks for the
 * sign-in here, so answers that wait never stand behind a login page; where it is somebody else's, it says so. What waits
 * is kept under this attempt and leaves with this attempt's ticket, so no two people's answers can mix. A sign-in anywhere
 * changes the CSRF token, so each form takes the present one from the cookie at the moment it leaves.
 */
(() => {
  "use strict";

  const paper = document.getElementById("paper");
  const notice = document.getElementById("exam-notice");
  const announcer = /** @type {HTMLElement} */ (document.getElementById("announcer"));
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("sign-in"));
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  const fault = /** @type {HTMLElement} */ (dialog.querySelector("#sign-in-fault"));
  const reason = /** @type {HTMLElement} */ (dialog.querySelector("#sign-in-reason"));
  const login = /** @type {HTMLInputElement} */ (form.elements.namedItem("login"));
  const password = /** @type {HTMLInputElement} */ (form.elements.namedItem("password"));
  const urls = /** @type {Record<string, string>} */ ({ ...dialog.dataset });
  const own = login.value;

  // One voice: what is said at the same moment becomes one announcement, and the same words twice are heard twice.
  /** @type {string[]} */
  let words = [];
  /** @param {string} text */
  function announce(text) {
    if (words.push(text) > 1) return;
    // All outside of an open modal dialog is inert, and nobody reads out what is inert.
    const place = document.querySelector("dialog:modal") ?? document.body;
    if (announcer.parentElement !== place) place.append(announcer);
    announcer.textContent = "";
    window.setTimeout(() => {
      announcer.textContent = words.join(" ");
      words = [];
    }, 100);
  }

  /** The focus is never left on nothing (W-05). */
  function toHeading() {
    const heading = document.querySelector(".item[data-current] .item__heading") ?? document.getElementById("main");
    /** @type {HTMLElement} */ (heading).focus({ preventScroll: true });
  }

  /**
   * Tell the person something that stays until it is put away, over the page, so that nothing moves.
   * @param {string} what @param {string} remedy @param {{words: string, act: () => void}} [offer] @param {string} [tone]
   */
  function say(what, remedy, offer, tone = "attention") {
    if (notice?.textContent?.includes(`${what} ${remedy}`)) return;
    announce(`${what} ${remedy}`);
    if (!notice) return;
    const line = document.createElement("div");
    line.className = `notice notice--${tone}`;
    const text = document.createElement("p");
    text.textContent = `${what} ${remedy}`;
    line.append(text);
    for (const { words: label, act } of [...(offer ? [offer] : []), { words: "Close this notice", act: () => {} }]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = offer && act === offer.act ? "button button--small" : "button button--small button--quiet";
      button.textContent = label;
      button.addEventListener("click", () => {
        line.remove();
        toHeading();
        act();
      });
      line.append(button);
    }
    notice.append(line);
  }

  /** Ask whose session this is; the page's own person gets a new ticket and the time. @returns {Promise<"own" | "nobody" | "other" | "unreachable">} */
  async function check() {
    const sent = performance.now();
    try {
      const response = await fetch(urls.ticketUrl, { signal: AbortSignal.timeout(8000) });
      if (response.status === 401) return "nobody";
      if (response.status === 404) return "other";
      if (!response.ok) return "unreachable";
      const news = await response.json();
      if (paper) paper.dataset.ticket = news.ticket;
      document.dispatchEvent(new CustomEvent("cutscore:clock", { detail: { remaining: news.remaining_ms, sent } }));
      return "own";
    } catch {
      return "unreachable";
    }
  }

  const TOKEN = /(?:^|; )csrftoken=([^;]+)/;
  const token = () => TOKEN.exec(document.cookie)?.[1] ?? "";

  /** @param {string} url @param {Record<string, string>} [fields] */
  const ask = (url, fields) =>
    fetch(url, {
      method: fields ? "POST" : "GET",
      headers: { "X-Requested-With": "XMLHttpRequest", "X-CSRFToken": token() },
      body: fields && new URLSearchParams(fields),
      signal: AbortSignal.timeout(8000),
    });

  const OTHER = `Somebody else is signed in here now. This exam belongs to ${own}; nobody else's answers are mixed with it. Signing in here signs the other person out.`;
  const AGAIN = "Your session has ended. Every answer is kept; sign in and go on where you were.";

  /** @param {string} text */
  function refuse(text) {
    fault.textContent = text;
    for (const field of [login, password]) field.setAttribute("aria-invalid", "true");
    password.value = "";
    password.focus();
  }

  /** Sign in at the ordinary address. @returns {Promise<string>} what is wrong, or nothing */
  async function signIn() {
    const before = await check();
    if (before === "own") return "";
    if (before === "other") await ask(urls.logoutUrl, {});
    await ask(urls.loginUrl); // sets the CSRF cookie
    const answer = await ask(urls.loginUrl, { login: login.value, password: password.value });
    if (answer.status === 429) return "There were too many tries. Wait a minute, then try again. Your answers are kept.";
    if (answer.status === 400) {
      const { form: judged } = await answer.json();
      const fields = /** @type {Array<{errors: string[]}>} */ (Object.values(judged.fields));
      return [...judged.errors, ...fields.flatMap((field) => field.errors)].join(" ");
    }
    const after = await check();
    if (after === "other") return OTHER;
    if (after === "nobody") return "Signing in needs one more step. Take it in another tab, then press Sign in here.";
    return after === "own" ? "" : "The server did not answer. Your answers are kept; try again in a moment.";
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    fault.textContent = "";
    const wrong = await signIn().catch(() => "The server did not answer. Your answers are kept; try again in a moment.");
    button.removeAttribute("aria-busy");
    if (wrong) refuse(wrong);
    else dialog.close("own");
  });
  dialog.querySelector("[data-later]")?.addEventListener("click", () => dialog.close(""));

  /** @type {Promise<boolean> | null} */
  let asking = null;
  /** @param {string} who */
  function askToSignIn(who) {
    reason.textContent = who === "other" ? OTHER : AGAIN;
    fault.textContent = "";
    login.value = own;
    password.value = "";
    for (const field of [login, password]) field.removeAttribute("aria-invalid");
    dialog.returnValue = "";
    dialog.showModal();
    password.focus();
    return new Promise((resolve) => {
      const closed = () => {
        if (document.activeElement === document.body) toHeading();
        resolve(dialog.returnValue === "own");
      };
      dialog.addEventListener("close", closed, { once: true });
    });
  }

  /** Make sure that the page's own person is signed in, asking where need be. @returns {Promise<"own" | "declined" | "unreachable">} */
  async function enter() {
    const who = await check();
    if (who === "own" || who === "unreachable") return who;
    asking ??= askToSignIn(who).finally(() => (asking = null));
    return (await asking) ? "own" : "declined";
  }

  const OFFER = { words: "Sign in again", act: () => void enter() };

  /** Send everything and make sure of the session: whether the page may be left. @param {boolean} [patient] */
  async function ready(patient = false) {
    const sent = window.cutscore.drain?.();
    let who = await enter();
    while (who === "unreachable" && patient) {
      await new Promise((resolve) => setTimeout(resolve, 1000 + Math.random() * 4000));
      who = await enter();
    }
    if (who === "unreachable") say("The server cannot be reached just now.", "Your answers are kept on this device. Try again in a moment.");
    if (who === "declined") say("You are not signed in.", "Your answers are kept; sign in to go on.", OFFER);
    if (who !== "own") return false;
    await sent;
    return true;
  }

  /**
   * Let a form go that ends or pauses the attempt: with the session, the present CSRF token, and how far each client has
   * counted, so that no answer can be missing.
   * @param {HTMLFormElement} target @param {boolean} [patient]
   */
  async function leave(target, patient) {
    if (!(await ready(patient))) return;
    const hidden = (/** @type {string} */ name) => /** @type {HTMLInputElement | null} */ (target.elements.namedItem(name));
    const csrf = hidden("csrfmiddlewaretoken");
    if (csrf && token()) csrf.value = token();
    const clients = hidden("clients");
    if (clients) clients.value = sessionStorage.getItem(`clients:${target.dataset.finishes}`) ?? "{}";
    target.submit();
  }

  for (const target of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("[data-leaves]"))) {
    target.addEventListener("submit", (event) => {
      event.preventDefault();
      void leave(target);
    });
  }

  window.cutscore = { announce, say, check, ready, leave, offer: OFFER };
})();
