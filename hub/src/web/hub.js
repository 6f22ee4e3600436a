// Keeps a page's figures current. Without it every page still shows them as they were when it was opened.
"use strict";

(() => {
  const page = document.querySelector("[data-live]");
  const state = document.getElementById("live-state");
  if (!page || !window.EventSource) return;

  const say = (on, words) => {
    if (!state) return;
    state.dataset.state = on ? "on" : "off";
    state.textContent = words;
  };

  const figures = (part) => [...part.querySelectorAll("[data-figure]")];

  // Marks what is different, so that the eye finds it.
  const mark = (before, after) => {
    const old = new Map(figures(before).map((figure) => [figure.dataset.figure, figure.textContent]));
    for (const figure of figures(after)) {
      const known = old.get(figure.dataset.figure);
      if (known !== undefined && known !== figure.textContent) figure.classList.add("changed");
    }
  };

  // Puts each part of the page in the place of the one with the same id, and keeps the reader's place in it.
  const replace = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const after of [...template.content.children]) {
      const before = document.getElementById(after.id);
      if (!before) continue;
      const held = before.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      const scrolled = [...before.querySelectorAll(".wide")].map((wide) => wide.scrollLeft);
      mark(before, after);
      before.replaceWith(after);
      after.querySelectorAll(".wide").forEach((wide, at) => { wide.scrollLeft = scrolled[at] ?? 0; });
      if (held) [...after.querySelectorAll("a")].find((a) => a.getAttribute("href") === held)?.focus();
    }
  };

  let source = null;
  let ended = false;

  const listen = () => {
    if (source || ended) return;
    source = new EventSource(page.dataset.live);
    source.addEventListener("open", () => say(true, "diperbarui sendiri"));
    source.addEventListener("part", (event) => replace(event.data));
    source.addEventListener("ended", () => {
      ended = true;
      rest("Sesi berakhir. Muat ulang halaman untuk masuk lagi.");
    });
    source.addEventListener("error", () => {
      const gone = source?.readyState === EventSource.CLOSED;
      say(false, gone ? "Tidak diperbarui lagi. Muat ulang halaman." : "Sambungan terputus, mencoba lagi. Angka di layar masih yang terakhir diterima.");
    });
  };

  const rest = (words) => {
    source?.close();
    source = null;
    say(false, words);
  };

  // A browser keeps few lines to one hub: a page nobody has looked at for a while gives its line back.
  let resting = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(resting);
    if (document.hidden) resting = setTimeout(rest, 300_000, "berhenti diperbarui selama tidak dilihat");
    else listen();
  });
  addEventListener("pagehide", () => rest(""));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  listen();
})();
