"use strict";
// A column's heading sorts the rows by it, and back.
(() => {
  const body = document.querySelector("#cells tbody");
  for (const button of document.querySelectorAll("#cells th button")) {
    button.disabled = false;
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const each of head.parentElement.children) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[head.cellIndex]?.dataset.sort ?? "";
      const order = (a, b) => {
        const [first, second] = [value(a), value(b)];
        const numbers = first !== "" && second !== "" && !isNaN(first) && !isNaN(second);
        const less = numbers ? first - second : first < second ? -1 : first > second ? 1 : 0;
        return up ? less : -less;
      };
      body.append(...[...body.rows].sort(order));
    });
  }
})();
