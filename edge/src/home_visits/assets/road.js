// The way between phone and node: what is fetched before leaving, what is handed over on return.
"use strict";
const road = (() => {
  const PATIENCE_MS = 30000;
  // Visits that travel together; each has an answer of its own.
  const TOGETHER = 20;

  // Why nothing came back, as the page says it.
  class Lost extends Error {
    constructor(word, maybeArrived = false) {
      super(word);
      this.maybeArrived = maybeArrived;
    }
  }

  async function ask(path, body) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    const how = { credentials: "same-origin", redirect: "manual", cache: "no-store", signal: patience.signal };
    try {
      const answer = await fetch(path, body === undefined ? how : {
        ...how, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
      });
      if (answer.type === "opaqueredirect") {
        const signIn = new Lost("Masuk dulu dengan PIN di alat, lalu kembali ke sini.");
        signIn.signIn = true;
        throw signIn;
      }
      if (answer.status === 403) throw new Lost("Ini dicatat oleh kader atau bidan. Minta kader atau bidan memakai namanya di HP ini.");
      if (!answer.ok) throw new Lost("Alat belum bisa menerima. Coba lagi sebentar.", answer.status >= 500);
      return path === "/health" ? null : await answer.json();
    } catch (error) {
      if (error instanceof Lost) throw error;
      throw new Lost("Alat belum terjangkau. Sambungkan HP ke Wi-Fi alat, lalu coba lagi.", true);
    } finally {
      clearTimeout(timer);
    }
  }

  const offer = () => ask("/rumah/list");

  // Takes children along: they are on the phone once this is over.
  async function bring(children) {
    const brought = await ask("/rumah/take", { children });
    const safe = navigator.storage && navigator.storage.persist ? await navigator.storage.persist() : false;
    if (brought.refused) throw new Lost(brought.refused);
    const { posyandu, kader, by, day, kept_days } = brought;
    // first of all how long they are kept: who is here without that would never be forgotten
    await kept.put("trip", { posyandu, kader, day, keptDays: kept_days, at: Date.now(), safe });
    for (const child of brought.children) await kept.put("child:" + child.id, { ...child, by });
    return brought.children.length;
  }

  // What the node is told of a visit; what only this page needs stays here.
  const told = ({ id, child, by, in_place, on, at_ms, weight, length, posture, oedema, clothed, note }) =>
    ({ id, child, by, in_place, on, at_ms, weight, length, posture, oedema, clothed, note });

  // Hands over all that is here. A visit leaves the phone only by the node's word that it has it; one whose answer did
  // not come is handed over again under the same ids, and not changed before that.
  async function handOver() {
    await ask("/health"); // nothing is on its way while nobody is there
    let taken = 0;
    const waiting = await kept.all("visit:");
    for (let first = 0; first < waiting.length; first += TOGETHER) {
      const some = await kept.embark(waiting.slice(first, first + TOGETHER).map((row) => row.name));
      let answers;
      try {
        answers = (await ask("/rumah/hand-over", { visits: some.map((row) => told(row.value)) })).visits;
      } catch (error) {
        // those of an earlier try may have arrived then, whatever became of this one
        if (!error.maybeArrived) await kept.stay(some.filter((row) => !row.sent).map((row) => row.name));
        throw error;
      }
      for (const row of some) {
        const answer = answers.find((one) => one.id === row.value.id);
        if (!answer) continue;
        if (answer.outcome === "taken") {
          // whatever is half typed was typed for this visit
          await kept.drop(row, ["draft:" + row.value.child]);
          taken += 1;
        } else {
          const { outcome, why, asks, weight, length, in_place } = answer;
          // free to be mended
          await kept.replace(row, { ...row.value, answer: { outcome, why, asks, weight, length, in_place } });
        }
      }
    }
    return taken;
  }

  // One page at a time; where a browser knows no locks the ids alone keep it to once.
  const alone = (work) => (navigator.locks ? navigator.locks.request("simpul-rumah", work) : work());

  return { offer, bring, handOver: () => alone(handOver) };
})();
