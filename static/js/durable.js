/**
 * Saving that survives the network (quality.md ).
 *
 * Why no chosen answer is lost: each change becomes an entry with the next number of this page's client and a Lamport
 * number above all it has seen; the entry is written to IndexedDB before it is sent, sent in order, and dropped only when
 * its own number stands in a receipt. The server ignores what it has already stored, so sending again is always safe.
 * Entries that an earlier page of the same attempt left behind are sent first, under that page's client. "Saved" is shown
 * only when nothing waits. Where IndexedDB is missing the queue lives in memory: weaker, and still never silent.
 * A page that is hidden or left sends what it holds in a request that outlives it. A refused ticket (401) stops nothing: the
 * page asks for a new one, offers the sign-in (session.js), and the queue goes on.
 * Other tabs hear of each entry through a channel and show it too; an order above all of this device's own in a receipt
 * means that another device writes, and the page says so.
 */
(() => {
  "use strict";

  /** @typedef {{attempt: string, client: string, n: number, seq: number, position: number, kind: string, value: unknown, phase: string, at: number}} Entry */

  const form = /** @type {HTMLFormElement} */ (document.getElementById("paper"));
  const { announce, say, check, offer } = window.cutscore;
  const BATCH = 100;
  const LONGEST_MS = 86400000;
  // Under the server's limit of 64 kB, with room for the ticket.
  const BATCH_BYTES = 48000;
  // What nobody waits for, such as that an item was seen, travels with the next answer or after this long.
  const IDLE_MS = 10000;
  const TIMEOUT_MS = 8000;

  const attempt = /** @type {string} */ (form.dataset.attempt);
  const client = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
  const state = /** @type {HTMLElement} */ (document.getElementById("save-state"));
  const phase = /** @type {string} */ (form.dataset.phase);
  const tabs = new BroadcastChannel(`exam:${attempt}`);

  /** @type {Entry[]} */
  let waiting = [];
  /** @type {Array<() => void>} */
  let drained = [];
  let n = 0;
  let seq = Number(form.dataset.seq);
  let failures = 0;
  /** @type {{entries: Entry[], outlives: boolean} | null} */
  let flight = null;
  let timer = 0;
  let refused = false;

  /** @type {Promise<IDBDatabase | null>} */
  const store = new Promise((resolve) => {
    try {
      const request = indexedDB.open("cutscore", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: ["attempt", "client", "n"] });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });

  /**
   * Run one act on the store and wait until it is on disk.
   * @param {(outbox: IDBObjectStore) => IDBRequest} act
   */
  async function onStore(act) {
    const db = await store;
    if (!db) return undefined;
    return new Promise((resolve) => {
      const transaction = db.transaction("outbox", "readwrite", { durability: "strict" });
      const request = act(transaction.objectStore("outbox"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => resolve(undefined);
    });
  }

  /** @param {Entry} entry */
  const keyOf = (entry) => [entry.attempt, entry.client, entry.n];

  function noteClients() {
    const name = `clients:${attempt}`;
    const known = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    if (n > 0) known[client] = n;
    for (const entry of waiting) known[entry.client] = Math.max(known[entry.client] ?? 0, entry.n);
    sessionStorage.setItem(name, JSON.stringify(known));
  }

  /** @param {string} words @param {boolean} bad */
  function show(words, bad) {
    if (bad !== state.hasAttribute("data-waiting")) announce(bad ? words : "All answers are saved.");
    state.textContent = words;
    state.toggleAttribute("data-waiting", bad);
  }

  /**
   * Record one change of the person and send it, at once or when it is no hurry.
   * @param {number} position @param {string} kind @param {unknown} value @param {boolean} [hurry]
   */
  async function record(position, kind, value, hurry = true) {
    n += 1;
    seq += 1;
    const entry = { attempt, client, n, seq, position, kind, value, phase, at: Date.now() };
    waiting.push(entry);
    noteClients();
    if (hurry && failures === 0) show("Saving…", false);
    await onStore((outbox) => outbox.put(entry));
    tabs.postMessage({ entry });
    if (hurry) void send();
    else if (failures === 0 && !timer) timer = window.setTimeout(send, IDLE_MS);
  }

  /** The next entries of one client that fit into a request. @param {Entry[]} entries */
  function nextBatch(entries) {
    const batch = [];
    let bytes = 0;
    for (const entry of entries) {
      if (entry.client !== entries[0].client) continue;
      bytes += new Blob([JSON.stringify(entry)]).size;
      if (batch.length === BATCH || (batch.length > 0 && bytes > BATCH_BYTES)) break;
      batch.push(entry);
    }
    return batch;
  }

  /** @param {Entry[]} entries @param {boolean} outlives whether the request goes on when the page is gone */
  function post(entries, outlives) {
    const events = entries.map(({ n, seq, position, kind, value, phase, at }) => {
      // For the time line alone; a clock that was set meanwhile spoils no more than that.
      const ago = Math.min(Math.max(Date.now() - at, 0), LONGEST_MS);
      return { n, seq, position, kind, value, phase, ago };
    });
    return fetch(/** @type {string} */ (form.dataset.saveUrl), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ticket: form.dataset.ticket, client: entries[0].client, events }),
      keepalive: outlives,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  async function send() {
    if (flight || waiting.length === 0) return;
    window.clearTimeout(timer);
    timer = 0;
    const entries = nextBatch(waiting);
    flight = { entries, outlives: document.hidden };
    try {
      const sent = performance.now();
      const response = await post(entries, document.hidden);
      // Somebody may have signed in again meanwhile; otherwise it is offered, and what waits goes on waiting.
      if (response.status === 401 && (await check()) !== "own") say("This page has lost its sign-in to the exam.", "Your answers are kept on this device until you sign in again.", offer);
      if (!response.ok) throw new Error(`The server answered ${response.status}.`);
      await take(entries, await response.json(), sent);
      failures = 0;
    } catch {
      failures += 1;
    }
    flight = null;
    report();
  }

  /**
   * The page may be going: what waits leaves in one last request that outlives it, without waiting for the one under way.
   * The server ignores what came twice, and what does not fit is on the device.
   */
  function sendLast() {
    const rest = flight?.outlives ? waiting.filter((entry) => !flight?.entries.includes(entry)) : waiting;
    if (rest.length > 0) post(nextBatch(rest), true).catch(() => {});
  }

  /** @param {Entry[]} sentEntries @param {{receipts: Array<{n: number, disposition: string}>, seq: number, remaining_ms: number | null, closed: boolean}} answer @param {number} sent */
  async function take(sentEntries, answer, sent) {
    const stored = new Set(answer.receipts.map((receipt) => receipt.n));
    const done = sentEntries.filter((entry) => stored.has(entry.n));
    waiting = waiting.filter((entry) => !done.includes(entry));
    if (answer.seq > seq) say("This exam is open on another device too.", "Both save, and the later change counts. Reload to see what was changed there.");
    seq = Math.max(seq, answer.seq);
    const answers = new Set(done.filter((entry) => entry.kind !== "seen").map((entry) => entry.n));
    const after = answer.receipts.find((receipt) => answers.has(receipt.n) && (receipt.disposition === "late" || receipt.disposition === "closed"));
    if (after) {
      refused = true;
      const when = after.disposition === "late" ? "the time was over" : "the exam had ended";
      say(`Some answers came after ${when}.`, "They are kept and shown to your instructor, but they do not count.", { words: "Go to the result", act: () => location.reload() });
    }
    for (const entry of done) await onStore((outbox) => outbox.delete(keyOf(entry)));
    document.dispatchEvent(new CustomEvent("cutscore:clock", { detail: { remaining: answer.remaining_ms, sent } }));
    if (answer.closed) document.dispatchEvent(new CustomEvent("cutscore:closed"));
  }

  function report() {
    if (waiting.length === 0) {
      show(`Saved ${new Date().toLocaleTimeString([], { hourCycle: "h23" })}`, false);
      drained.forEach((resolve) => resolve());
      drained = [];
    } else if (failures === 0) {
      void send();
    } else {
      // What the person did is counted, not that an item was seen.
      const own = waiting.filter((entry) => entry.kind !== "seen").length;
      show(`Not saved yet, kept on this device (${own || waiting.length})`, true);
      // Full jitter: after an outage ten thousand pages must not all come back in the same second.
      timer = window.setTimeout(send, 500 + Math.random() * Math.min(30000, 500 * 2 ** failures));
    }
  }

  tabs.addEventListener("message", ({ data }) => {
    if (data.hello) tabs.postMessage({ here: true });
    if (data.hello || data.here) say("This exam is open in another tab too.", "Both save, and the later change counts.");
    if (data.entry) {
      seq = Math.max(seq, data.entry.seq);
      document.dispatchEvent(new CustomEvent("cutscore:recovered", { detail: data.entry }));
    }
  });
  tabs.postMessage({ hello: true });

  /** Bring back what an earlier page of this attempt could not send. */
  async function recover() {
    const range = IDBKeyRange.bound([attempt], [attempt, []]);
    const left = /** @type {Entry[] | undefined} */ (await onStore((outbox) => outbox.getAll(range)));
    const older = (left ?? []).filter((entry) => entry.client !== client);
    if (older.length === 0) return;
    older.sort((a, b) => a.client.localeCompare(b.client) || a.n - b.n);
    waiting = [...older, ...waiting];
    seq = Math.max(seq, ...older.map((entry) => entry.seq));
    noteClients();
    for (const entry of [...older].sort((a, b) => a.seq - b.seq)) {
      document.dispatchEvent(new CustomEvent("cutscore:recovered", { detail: entry }));
    }
    void send();
  }

  htmx.defineExtension("durable", {
    /** @param {string} name @param {CustomEvent} event */
    onEvent(name, event) {
      if (name !== "htmx:beforeRequest") return true;
      const item = /** @type {HTMLElement} */ (event.detail.elt);
      const field = /** @type {HTMLInputElement} */ (event.detail.requestConfig.triggeringEvent.target);
      const position = Number(item.dataset.position);
      if (field.name === "flag") {
        void record(position, "flag", field.checked);
      } else if (field.name.startsWith("note-")) {
        keepNote();
      } else if (field.name.startsWith("confidence-")) {
        void record(position, "confidence", field.value);
      } else {
        const chosen = item.querySelectorAll(".option__control:checked");
        void record(position, "answer", Array.from(chosen, (input) => /** @type {HTMLInputElement} */ (input).value));
      }
      return false;
    },
  });

  // A note is kept while it is being written: after a second's rest, and every five seconds of writing on.
  /** @type {HTMLTextAreaElement | null} */
  let note = null;
  let noteTimer = 0;
  let noteSince = 0;

  function keepNote() {
    window.clearTimeout(noteTimer);
    if (note) void record(Number(note.name.split("-")[1]), "note", note.value);
    note = null;
  }

  form.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLTextAreaElement)) return;
    if (note !== target) keepNote();
    if (!note) noteSince = performance.now();
    note = target;
    window.clearTimeout(noteTimer);
    noteTimer = window.setTimeout(keepNote, Math.min(1000, Math.max(0, noteSince + 5000 - performance.now())));
  });

  window.addEventListener("online", () => void send());
  document.addEventListener("visibilitychange", () => {
    keepNote();
    void send();
  });
  window.addEventListener("pagehide", () => {
    keepNote();
    sendLast();
  });
  void recover();

  Object.assign(window.cutscore, {
    record,
    /** Resolves when everything is on the server. */
    drain: () => {
      void send();
      return waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => drained.push(() => resolve(undefined)));
    },
    /** Whether something came too late, which the person should read before the page goes on. */
    refused: () => refused,
  });
})();
