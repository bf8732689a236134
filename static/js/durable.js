/**
 * Saving that survives the network (quality.md ).
 *
 * Why no chosen answer is lost: each change becomes an entry with the next number of this page's client and a Lamport
 * number above all it has seen; the entry is written to IndexedDB before it is sent, sent in order, and dropped only when
 * its own number stands in a receipt. The server ignores what it has already stored, so sending again is always safe.
 * Entries that an earlier page of the same attempt left behind are sent first, under that page's client. "Saved" is shown
 * only when nothing waits. Where IndexedDB is missing the queue lives in memory: weaker, and still never silent.
 * Other tabs hear of each entry through a channel and show it too; an order above all of this device's own in a receipt
 * means that another device writes, and the page says so.
 */
(() => {
  "use strict";

  /** @typedef {{attempt: string, client: string, n: number, seq: number, position: number, kind: string, value: unknown, phase: string}} Entry */

  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("paper"));
  const BATCH = 100;
  // Under the server's limit of 64 kB, with room for the ticket.
  const BATCH_BYTES = 48000;
  // What nobody waits for, such as that an item was seen, travels with the next answer or after this long.
  const IDLE_MS = 10000;
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
  const notice = /** @type {HTMLElement} */ (document.getElementById("exam-notice"));
  const phase = /** @type {string} */ (form.dataset.phase);
  const tabs = new BroadcastChannel(`exam:${attempt}`);

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

  /**
   * Record one change of the person and send it, at once or when it is no hurry.
   * @param {number} position @param {string} kind @param {unknown} value @param {boolean} [hurry]
   */
  async function record(position, kind, value, hurry = true) {
    n += 1;
    seq += 1;
    const entry = { attempt, client, n, seq, position, kind, value, phase };
    waiting.push(entry);
    noteClients();
    if (hurry && failures === 0) show("Saving…", false);
    await onStore((outbox) => outbox.put(entry));
    tabs.postMessage({ entry });
    if (hurry) void send();
    else if (failures === 0 && !timer) timer = window.setTimeout(send, IDLE_MS);
  }

  /** @param {string} from */
  function nextBatch(from) {
    const batch = [];
    let bytes = 0;
    for (const { attempt: _attempt, client: of, ...event } of waiting) {
      if (of !== from) continue;
      bytes += new Blob([JSON.stringify(event)]).size;
      if (batch.length === BATCH || (batch.length > 0 && bytes > BATCH_BYTES)) break;
      batch.push(event);
    }
    return batch;
  }

  async function send() {
    if (sending || waiting.length === 0) return;
    sending = true;
    window.clearTimeout(timer);
    timer = 0;
    const from = waiting[0].client;
    const events = nextBatch(from);
    try {
      const response = await fetch(/** @type {string} */ (form?.dataset.saveUrl), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ticket: form?.dataset.ticket, client: from, events }),
        keepalive: document.hidden,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status === 401) say("This page has lost its sign-in to the exam.", "Reload the page; every answer is kept on this device.");
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
    if (answer.seq > seq) say("This exam is open on another device too.", "Both save, and the later change counts. Reload to see what was changed there.");
    seq = Math.max(seq, answer.seq);
    if (answer.receipts.some((receipt) => receipt.disposition === "late" || receipt.disposition === "closed")) {
      say("Some answers came after the time was over.", "They are kept and shown to your instructor, but they do not count.");
    }
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

  /** Tell the person something that stays on the page. @param {string} what @param {string} remedy */
  function say(what, remedy) {
    if (notice.textContent?.includes(what)) return;
    const line = document.createElement("p");
    line.className = "notice notice--attention";
    line.textContent = `${what} ${remedy}`;
    notice.append(line);
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
      } else if (field.name.startsWith("note-") || field.name.startsWith("confidence-")) {
        void record(position, field.name.split("-")[0], field.value);
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
    record,
    /** Resolves when everything is on the server. */
    drain: () => {
      void send();
      return waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => drained.push(resolve));
    },
  };
})();
