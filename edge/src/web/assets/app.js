// Every page works without this file. It makes the number move, keeps half-typed fields on the node,
// finds names while they are being typed, and fills in what the phone already knows.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const send = (url, fields) =>
    fetch(url, { method: "POST", body: new URLSearchParams(fields), keepalive: true, credentials: "same-origin" });

  // The number that moves: the node says what to show, this only shows it.
  function follow(form) {
    const shown = Object.fromEntries(all("[data-show]", form).map((part) => [part.dataset.show, part]));
    const big = one(".figure", form);
    let lost = 0;
    function show(view) {
      form.dataset.state = view.state;
      shown.figure.textContent = view.figure;
      big.dataset.long = String(view.figure.length);
      shown.word.textContent = view.word;
      shown.note.textContent = view.note;
      shown.progress.value = view.progress;
      shown.reading.value = view.reading || "";
      shown.button.textContent = view.button;
      if (view.reading && shown.button.disabled && navigator.vibrate) navigator.vibrate(60);
      shown.button.disabled = !view.reading;
    }
    let source;
    function listen() {
      source = new EventSource(form.dataset.liveSource);
      source.onmessage = (event) => { clearTimeout(lost); lost = 0; show(JSON.parse(event.data)); };
      source.onerror = () => {
        if (!lost) lost = setTimeout(() => show({
          state: "putus", word: "HP terputus dari alat", figure: "–", progress: 0, reading: null, button: "Simpan",
          note: "Data tadi aman. Sambungkan HP ke Wi-Fi Simpul, dan matikan data seluler bila perlu.",
        }), 3000);
        if (source.readyState !== EventSource.CLOSED) return;
        fragment("/safety/line").catch(() => {}); // signed out meanwhile: the page reloads
        setTimeout(listen, 2000);
      };
    }
    listen();
    let saving = false;
    form.addEventListener("submit", () => { saving = true; });
    addEventListener("pagehide", () => {
      source.close();
      if (!saving) navigator.sendBeacon(form.dataset.leave, new URLSearchParams({ what: form.dataset.what }));
    });
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  // Fields live on the node while they are being filled.
  function keepFields() {
    const waiting = new Map();
    function keep(field) {
      const on = field.type === "checkbox" ? (field.checked ? field.value : "") : field.value;
      waiting.delete(field);
      return send(field.dataset.draft, { field: field.dataset.field, value: on }).catch(() => {});
    }
    for (const field of all("[data-draft]")) {
      field.addEventListener(field.type === "text" ? "input" : "change", () => {
        clearTimeout(waiting.get(field));
        waiting.set(field, setTimeout(() => keep(field), field.type === "text" ? 250 : 0));
      });
    }
    for (const form of all("[data-draft-form]")) {
      let timer = 0;
      const keepAll = () => { timer = 0; send(form.dataset.draftForm, new FormData(form)).catch(() => {}); };
      form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keepAll, 400); });
      form.addEventListener("submit", () => { clearTimeout(timer); timer = 0; });
      addEventListener("pagehide", () => { if (timer) keepAll(); });
    }
    // Whoever may be there already, while a form is being filled.
    for (const form of all("[data-same]")) {
      let timer = 0, latest = 0;
      async function look() {
        const asked = ++latest;
        try {
          const answer = await send(form.dataset.same, new FormData(form));
          const text = answer.ok && !answer.redirected ? await answer.text() : "";
          if (asked === latest) one("#same", form).innerHTML = text;
        } catch { /* it is asked again when she saves */ }
      }
      form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 500); });
    }
    addEventListener("pagehide", () => { for (const [field, timer] of waiting) { clearTimeout(timer); keep(field); } });
  }

  async function fragment(url) {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (answer.redirected) { location.reload(); throw new Error("signed out"); }
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  }

  function search(form) {
    const field = one("input", form);
    const found = document.getElementById("found");
    let timer = 0, latest = 0;
    async function look() {
      const asked = ++latest;
      try {
        const text = await fragment(form.dataset.search + "?q=" + encodeURIComponent(field.value));
        if (asked === latest) found.innerHTML = text;
      } catch { /* the button still works */ }
    }
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 120); });
    form.addEventListener("submit", (event) => { event.preventDefault(); look(); field.blur(); });
  }

  // Lists that other phones change too.
  function refresh(part) {
    const inside = part.tagName !== "A";
    let shown = "";
    setInterval(async () => {
      if (document.hidden || one("details[open]", part)) return;
      try {
        const text = await fragment(part.dataset.live);
        if (inside) { if (shown !== text) part.innerHTML = shown = text; return; }
        const fresh = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
        if (fresh) { part.innerHTML = fresh.innerHTML; part.className = fresh.className; }
      } catch { /* next time */ }
    }, 4000);
  }

  function pad(keys) {
    const field = document.getElementById(keys.dataset.pad);
    keys.hidden = false;
    field.readOnly = matchMedia("(pointer: coarse)").matches;
    keys.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (!key) return;
      if (key === "clear") field.value = "";
      else if (key === "back") field.value = field.value.slice(0, -1);
      else if (field.value.length < field.maxLength) field.value += key;
    });
  }

  function countDown(note) {
    const shown = one("b", note);
    let left = Number(note.dataset.pause);
    const timer = setInterval(() => {
      left -= 1;
      shown.textContent = String(left);
      if (left <= 0) { clearInterval(timer); note.remove(); }
    }, 1000);
  }

  function phoneTime(field) {
    const now = new Date();
    field.value = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }

  // How many home visits are only on this phone; the page under /rumah/ keeps them.
  const onlyHere = () => new Promise((done) => {
    if (!window.isSecureContext || !window.indexedDB) return done(0);
    const asked = indexedDB.open("simpul-rumah", 1);
    asked.onupgradeneeded = () => asked.transaction.abort(); // nothing was ever kept, nothing is begun here
    asked.onerror = () => done(0);
    asked.onsuccess = () => {
      const rows = asked.result.transaction("rows").objectStore("rows");
      const counted = rows.count(IDBKeyRange.bound("visit:", "visit:\uffff"));
      counted.onsuccess = () => { done(counted.result); asked.result.close(); };
      counted.onerror = () => { done(0); asked.result.close(); };
    };
  });

  // They are said on every page, and whoever has some does not sign out.
  async function remind(header) {
    const waiting = await onlyHere();
    if (!waiting) return;
    const note = Object.assign(document.createElement("a"), { className: "note attention", href: "/rumah/" });
    note.textContent = `▲ ${waiting} kunjungan rumah hanya di HP ini. Ketuk untuk menyerahkan.`;
    header.append(note);
  }

  function holdBack(form) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const waiting = await onlyHere();
      if (!waiting) return form.submit();
      const note = form.querySelector("[role=alert]") || document.createElement("p");
      note.className = "note attention";
      note.setAttribute("role", "alert");
      note.textContent = `▲ Belum bisa keluar: ${waiting} kunjungan rumah hanya di HP ini. Serahkan dulu.`;
      form.prepend(note);
    });
  }

  all("header.top").forEach(remind);
  all("form[action='/sign-out']").forEach(holdBack);
  // Read aloud by a voice of the phone itself: one that needs no network and speaks Indonesian.
  function speak(button) {
    const speech = window.speechSynthesis;
    if (!speech) return;
    const own = () => speech.getVoices().find((voice) => voice.localService && /^(id|in)\b/i.test(voice.lang));
    const look = () => { button.hidden = !own(); };
    look();
    speech.addEventListener?.("voiceschanged", look);
    button.addEventListener("click", () => {
      speech.cancel();
      for (const sentence of one(button.dataset.speak).children) {
        const said = new SpeechSynthesisUtterance(sentence.textContent);
        said.voice = own();
        said.lang = "id-ID";
        said.rate = 0.9;
        speech.speak(said);
      }
    });
    addEventListener("pagehide", () => speech.cancel());
  }

  all("[data-live-source]").forEach(follow);
  all("[data-speak]").forEach(speak);
  keepFields();
  all("[data-search]").forEach(search);
  all("[data-live]").forEach(refresh);
  all("[data-pad]").forEach(pad);
  all("[data-pause]").forEach(countDown);
  all("[data-phone-time]").forEach(phoneTime);
})();
