// What a kader sees: whom she has with her, one visit, and always how much is only on this phone.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const el = (tag, attributes = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...inside);
    return made;
  };
  const DAY_MS = 86400000;
  const form = $("visit");
  let open = null; // the child on the page, and the ids of its visit
  let keeping = Promise.resolve();
  let timer = 0;

  function say(word, attention = false, link = null) {
    const note = $("word");
    note.hidden = !word;
    note.className = attention ? "note attention" : "note";
    note.replaceChildren(attention ? "▲ " : "", word, ...(link ? [" ", link] : []));
    if (word) scrollTo(0, 0);
  }

  // Says what went wrong, where nothing is lost by it.
  function trouble(error) {
    const signIn = error.signIn ? el("a", { href: "/sign-in", textContent: "Masuk ›" }) : null;
    const storage = "HP ini tidak bisa menyimpan. Tutup mode penyamaran, kosongkan penyimpanannya, atau catat di buku.";
    say(error.maybeArrived !== undefined ? error.message : storage, true, signIn);
  }

  const today = () => {
    const now = new Date();
    return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
  };

  function show(id) {
    for (const part of ["home", "choose", "visit"]) $(part).hidden = part !== id;
  }

  async function count() {
    const waiting = (await kept.all("visit:")).length;
    $("count").textContent = waiting ? `▲ ${waiting} kunjungan hanya di HP ini` : "✔ tidak ada yang hanya di HP ini";
    $("count").className = waiting ? "safe attention" : "safe done";
    $("hand-over").hidden = !waiting;
    $("hand-over").textContent = `Serahkan ${waiting} kunjungan ke alat`;
    return waiting;
  }

  // How a child stands: not visited, half typed, on the phone, sent back.
  function standing(visit, draft) {
    if (!visit) return draft ? "◐ belum selesai diketik" : "○ belum dikunjungi";
    if (visit.sent) return "◐ sedang diserahkan, belum ada jawaban";
    const answer = visit.value.answer;
    if (!answer) return "✎ di HP ini, belum di alat";
    if (answer.outcome === "asks") return "▲ alat bertanya: ketuk untuk menjawab";
    return "▲ " + answer.why;
  }

  async function home() {
    await settled();
    open = null;
    history.replaceState(null, "", "/rumah/");
    const [[trip], children, visits, drafts] =
      await Promise.all([kept.all("trip"), kept.all("child:"), kept.all("visit:"), kept.all("draft:")]);
    const of = (rows, child) => rows.find((row) => row.value.child === child.id);
    const here = children.map((row) => row.value);
    // a visit brings its child along, should the list have been forgotten
    visits.forEach(({ value }) => { if (here.every((child) => child.id !== value.child)) here.push(value.known); });
    const line = (child) => {
      const state = el("span", { className: "task", textContent: standing(of(visits, child), of(drafts, child)) });
      const names = el("span", { className: "names" },
        el("b", { textContent: child.name }), el("small", { textContent: child.about }), state);
      const link = el("a", { className: "person", href: "#" + child.id }, names, el("span", { className: "go-on", textContent: "›" }));
      return el("li", {}, link);
    };
    here.sort((one, other) => one.name.localeCompare(other.name));
    $("children").replaceChildren(...here.map(line));
    $("children").hidden = !here.length;
    $("empty").hidden = here.length > 0;
    $("trip").textContent = trip ? `${trip.value.posyandu} · ${trip.value.day}` : "";
    $("weak").hidden = !trip || trip.value.safe || !here.length;
    await count();
    show("home");
  }

  async function choose() {
    const { children, at_most } = await road.offer();
    const line = (child) => {
      const tick = el("input", { type: "checkbox", name: "child", value: child.id });
      const why = child.why.map((word) => el("span", { className: "task", textContent: word }));
      return el("li", {}, el("label", { className: "person tick" }, tick, el("span", { className: "names" },
        el("b", { textContent: child.name }), el("small", { textContent: "Ibu " + child.mother }), ...why)));
    };
    $("offer").replaceChildren(...children.map(line));
    $("choose").dataset.most = at_most;
    say("");
    show("choose");
  }

  // Whether the phone's own part is there to answer without the node.
  function ready() {
    if (!("serviceWorker" in navigator)) return Promise.resolve(false);
    const late = new Promise((done) => setTimeout(done, 10000, false));
    return Promise.race([navigator.serviceWorker.ready.then(() => true), late]);
  }

  async function bring(event) {
    event.preventDefault();
    const chosen = [...$("offer").querySelectorAll("input:checked")].map((tick) => tick.value);
    const most = Number($("choose").dataset.most);
    if (!chosen.length) return say("Pilih dulu siapa yang dikunjungi.", true);
    if (chosen.length > most) return say(`Paling banyak ${most} anak sekali bawa.`, true);
    // where the page could not be opened again, nobody is taken along
    if (!await ready()) return say("Peramban ini tidak mau membuka halaman ini tanpa alat: sertifikatnya belum dipercaya. Catat di buku.", true);
    const brought = await road.bring(chosen);
    await home();
    return say(`${brought} anak dibawa. Halaman ini bisa dibuka tanpa alat.`);
  }

  const fields = () => {
    const { on, weightTyped, weightNot, lengthTyped, lengthNot, posture, clothed, oedema, note } = form.elements;
    return { on: on.value, weightTyped: weightTyped.value.trim(), weightNot: weightNot.value,
      lengthTyped: lengthTyped.value.trim(), lengthNot: lengthNot.value, posture: posture.value,
      clothed: clothed.checked, oedema: oedema.checked, note: note.value.trim() };
  };

  function fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements[name];
      if (typeof value === "boolean") field.checked = value;
      else field.value = value;
    }
  }

  // A visit as its fields were.
  const unfold = ({ on, weight, length, posture, clothed, oedema, note }) => ({ on, posture, clothed, oedema,
    note: note ? note.text : "",
    weightTyped: (weight && weight.typed) || "", weightNot: (weight && weight.not) || "",
    lengthTyped: (length && length.typed) || "", lengthNot: (length && length.not) || "" });

  async function visit(id) {
    await settled();
    const [[child], visits, [draft]] =
      await Promise.all([kept.all("child:" + id), kept.all("visit:"), kept.all("draft:" + id)]);
    const written = visits.find((row) => row.value.child === id);
    const known = child ? child.value : written && written.value.known;
    if (!known) return home();
    if (written && written.sent) {
      await home();
      return say("Kunjungan ini mungkin sudah sampai di alat. Serahkan sekali lagi dulu.", true);
    }
    // never those of a draft: it may be older than a visit the node has taken
    const fresh = { visit: kept.uuid7(), weight: kept.uuid7(), length: kept.uuid7(), note: kept.uuid7() };
    const before = written && written.value;
    open = { child: id, known, ids: before ? { ...fresh, ...before.ids } : fresh, before };
    const { name, about, address, born, before: past, needed, tasks, posture } = known;
    $("who").textContent = name;
    $("about").textContent = `${about} · lahir ${born}`;
    const lines = [...(address ? [address] : []), ...past, ...(needed ? [needed] : []), ...tasks.map((task) => "○ " + task)];
    $("known").replaceChildren(el("ul", { className: "note" }, ...lines.map((textContent) => el("li", { textContent }))));
    $("known").hidden = !lines.length;
    form.reset();
    fill(draft ? draft.value.fields : before ? unfold(before) : { on: today(), posture });
    const answer = before && before.answer;
    const words = answer ? answer.asks || [answer.why] : [];
    $("doubt").replaceChildren(...words.map((textContent) => el("p", { textContent })));
    $("doubt").hidden = !words.length;
    $("insist").hidden = !(answer && answer.outcome === "asks");
    say("");
    return show("visit");
  }

  // Keeps what is half typed, one after the other.
  function keepDraft() {
    timer = 0;
    if (!open || form.inert) return;
    const { child } = open;
    const draft = { child, fields: fields() };
    keeping = keeping.then(() => kept.put("draft:" + child, draft)).catch(trouble);
  }

  // The last letters as well.
  function settled() {
    if (timer) {
      clearTimeout(timer);
      keepDraft();
    }
    return keeping;
  }

  async function save(insists) {
    if (!open || form.inert) return;
    const { on, weightTyped, weightNot, lengthTyped, lengthNot, posture, clothed, oedema, note } = fields();
    const { child, known, ids, before } = open;
    const part = (event, typed, not, insisted) => {
      if (!typed && !not) return null;
      return { event, typed: not ? null : typed, not: not || null, insisted: insisted || "" };
    };
    const value = { id: ids.visit, ids, child, known, by: known.by, in_place: insists ? before.answer.in_place : null,
      on, at_ms: Date.now(), posture, clothed, oedema, note: note ? { event: ids.note, text: note } : null,
      weight: part(ids.weight, weightTyped, weightNot, insists && before.answer.weight),
      length: part(ids.length, lengthTyped, lengthNot, insists && before.answer.length) };
    if (!value.weight && !value.length) return say("Isi berat atau panjangnya, atau pilih mengapa tidak bisa.", true);
    // nothing is typed meanwhile: it would be kept as a draft of a visit that is over
    form.inert = true;
    let done;
    try {
      clearTimeout(timer);
      timer = 0;
      await keeping;
      const free = (row) => !row || !row.sent;
      done = await kept.put("visit:" + value.id, value, { may: free, drop: ["draft:" + child] });
      open = null;
    } finally {
      form.inert = false;
    }
    await home();
    return done ? say("Tersimpan di HP ini. Belum di alat.")
      : say("Kunjungan ini mungkin sudah sampai di alat. Serahkan sekali lagi dulu.", true);
  }

  async function handOver() {
    $("hand-over").disabled = true;
    try {
      const taken = await road.handOver();
      const left = await count();
      const gone = left === 0 && await kept.forget();
      await home();
      if (left) say(`${taken} kunjungan sudah di alat. ${left} masih di HP ini: ketuk namanya.`, true);
      else say(gone ? "Semua kunjungan sudah di alat. Daftar di HP ini sudah dihapus." : "Semua kunjungan sudah di alat.");
    } catch (error) {
      await home();
      trouble(error);
    } finally {
      $("hand-over").disabled = false;
    }
  }

  // People are not kept longer than was said, unless something of them is only here.
  async function forgetOld() {
    const [trip] = await kept.all("trip");
    const age = trip ? Date.now() - trip.value.at : 0;
    if (trip && Math.abs(age) > trip.value.keptDays * DAY_MS) await kept.forget();
  }

  const route = () => (location.hash ? visit(location.hash.slice(1)) : home()).catch(trouble);
  const guarded = (work) => (event) => Promise.resolve(work(event)).catch(trouble);

  addEventListener("hashchange", route);
  $("bring").addEventListener("click", guarded(choose));
  $("choose").addEventListener("submit", guarded(bring));
  $("hand-over").addEventListener("click", guarded(handOver));
  $("insist").addEventListener("click", guarded(() => save(true)));
  form.addEventListener("submit", guarded((event) => { event.preventDefault(); return save(false); }));
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keepDraft, 200); });
  document.querySelectorAll("[data-back]").forEach((button) => button.addEventListener("click", guarded(home)));

  const begin = async () => {
    if ("serviceWorker" in navigator) await navigator.serviceWorker.register("/rumah/worker.js", { scope: "/rumah/" }).catch(() => {});
    await forgetOld();
    await route();
  };
  begin().catch(trouble);
})();
