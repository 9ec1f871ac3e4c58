"use strict";
(() => {
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.previousElementSibling;
      let copied = false;
      try {
        await navigator.clipboard.writeText(code.textContent);
        copied = true;
      } catch {
        // Pages that are not secure have no clipboard: select it, and copy in the old way.
        const range = document.createRange();
        range.selectNodeContents(code);
        const selection = getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        copied = document.execCommand("copy");
      }
      button.textContent = copied ? "Copied" : "Selected";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
  const form = document.getElementById("filters");
  if (!form) return;
  const cards = [...document.querySelectorAll("#gallery article")];
  const rest = document.querySelector("#gallery details.rest");
  const apply = () => {
    const wanted = (name) => form.elements[name].value;
    const text = wanted("text").toLowerCase();
    let shown = 0;
    for (const card of cards) {
      const fits = ["class", "task", "axis"].every((k) => !wanted(k) || card.dataset[k] === wanted(k));
      card.hidden = !fits || !card.textContent.toLowerCase().includes(text);
      shown += !card.hidden;
    }
    if (rest && ["class", "task", "axis", "text"].some(wanted)) rest.open = true;
    form.querySelector("output").textContent = `${shown} of ${cards.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
