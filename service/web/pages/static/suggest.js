// Offers names while a word is typed; the form works the same without it.
"use strict";

for (const field of document.querySelectorAll("[data-suggest]")) {
  const list = document.getElementById(field.getAttribute("list"));
  const chooser = field.dataset.kindFrom && document.getElementById(field.dataset.kindFrom);
  let waiting = 0;
  let running = null;

  const ask = async () => {
    const words = field.value.trim();
    if (words.length < 2) return list.replaceChildren();
    running?.abort();
    running = new AbortController();
    const parameters = new URLSearchParams({
      q: words,
      kind: chooser ? chooser.value : field.dataset.kind,
      lang: document.documentElement.lang,
      limit: "8",
    });
    const release = field.form.elements.release;
    if (release) parameters.set("release", release.value);
    try {
      const answer = await fetch(`${field.dataset.suggest}?${parameters}`, { signal: running.signal });
      if (!answer.ok) return;
      const { items } = await answer.json();
      list.replaceChildren(
        ...items.map((hit) => {
          const option = document.createElement("option");
          option.value = hit.matched;
          option.lang = hit.language;
          return option;
        }),
      );
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
}
