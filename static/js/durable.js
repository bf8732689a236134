/**
 * Saving that survives the network (quality.md ).
 *
 * Why no chosen answer is lost: each change becomes an entry with the next number of this page's client and a Lamport
 * number above all it has seen; the entry is written to IndexedDB before it is sent, sent in order, and dropped only when
 * its own number stands in a receipt. The server ignores what it has already stored, so sending again is always safe.
 * Entries that an earlier page of the same attempt left behind are sent first, under that page's client. "Saved" is shown
 * only when nothing waits. Where IndexedDB is missing the queue lives in memory: weaker, and still never silent.
 */
(() => {
  "use strict";

  /** @typedef {{attempt: string, client: string, n: number, seq: number, position: number, kind: string, value: unknown}} Entry */

  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("paper"));
  const BATCH = 100;
  const TIMEOUT_MS = 8000;

  // The pages that end an attempt say how far each client has counted, so that no answer can be missing.
  document.addEventListener("submit", (event) => {
    const target = /** @type {HTMLFormElement} */ (event.target);
    const attempt = target.dataset.finishes;
    if (attempt) {
      const field = /** @type {HTMLInputElement} */ (target.elements.namedItem("clients"));
      field.value = sessionStorage.getItem(`clients:${attempt}`) ?? "{}";
    }
  });
  if (!form) return;

  const attempt = /** @type {string} */ (form.dataset.attempt);
  const client = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
  const state = /** @type {HTMLElement} */ (document.getElementById("save-state"));
  const announcer = document.getElementById("announcer");

  /** @type {Entry[]} */
  let waiting = [];
  /** @type {Array<() => void>} */
  let drained = [];
  let n = 0;
  let seq = Number(form.dataset.seq);
  let failures = 0;
  let sending = false;
  let timer = 0;

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
    if (announcer && bad !== state.hasAttribute("data-waiting")) announcer.textContent = bad ? words : "All answers are saved.";
    state.textContent = words;
    state.toggleAttribute("data-waiting", bad);
  }

  /** Record one change of the person and send it. @param {number} position @param {string} kind @param {unknown} value */
  async function record(position, kind, value) {
    n += 1;
    seq += 1;
    const entry = { attempt, client, n, seq, position, kind, value };
    waiting.push(entry);
    noteClients();
    if (failures === 0) show("Saving…", false);
    await onStore((outbox) => outbox.put(entry));
    void send();
  }

  async function send() {
    if (sending || waiting.length === 0) return;
    sending = true;
    window.clearTimeout(timer);
    const from = waiting[0].client;
    const batch = waiting.filter((entry) => entry.client === from).slice(0, BATCH);
    const events = batch.map(({ n, seq, position, kind, value }) => ({ n, seq, position, kind, value }));
    try {
      const response = await fetch(/** @type {string} */ (form?.dataset.saveUrl), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ticket: form?.dataset.ticket, client: from, events }),
        keepalive: document.hidden,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`The server answered ${response.status}.`);
      await take(from, await response.json());
      failures = 0;
    } catch {
      failures += 1;
    }
    sending = false;
    report();
  }

  /** @param {string} from @param {{receipts: Array<{n: number, disposition: string}>, seq: number, remaining_ms: number | null, closed: boolean}} answer */
  async function take(from, answer) {
    const stored = new Set(answer.receipts.map((receipt) => receipt.n));
    const done = waiting.filter((entry) => entry.client === from && stored.has(entry.n));
    waiting = waiting.filter((entry) => !done.includes(entry));
    seq = Math.max(seq, answer.seq);
    for (const entry of done) await onStore((outbox) => outbox.delete(keyOf(entry)));
    document.dispatchEvent(new CustomEvent("cutscore:clock", { detail: answer.remaining_ms }));
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
      show(`Not saved yet, kept on this device (${waiting.length})`, true);
      // Full jitter: after an outage ten thousand pages must not all come back in the same second.
      timer = window.setTimeout(send, 500 + Math.random() * Math.min(30000, 500 * 2 ** failures));
    }
  }

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
      } else {
        const chosen = item.querySelectorAll(".option__control:checked");
        void record(position, "answer", Array.from(chosen, (input) => /** @type {HTMLInputElement} */ (input).value));
      }
      return false;
    },
  });

  window.addEventListener("online", () => void send());
  document.addEventListener("visibilitychange", () => void send());
  void recover();

  window.cutscore = {
    /** Resolves when every answer is on the server. */
    drain: () => (waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => drained.push(resolve))),
  };
})();
