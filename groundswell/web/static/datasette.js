// Names what Datasette's own table pages leave without a name, for readers by ear, and lets
// the keyboard reach what scrolls. The pages read and filter without.
(() => {
  "use strict";
  const names = [
    ["select[name^=_filter_column]", "Column to filter by"],
    ["select[name^=_filter_op]", "How to compare"],
    ["input[name^=_filter_value]", "Value to compare with"],
    ["select[name=_sort]", "Column to sort by"],
  ];
  const set = (selector, attributes) => {
    for (const one of document.querySelectorAll(selector))
      for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  };
  for (const [selector, name] of names) set(selector, { "aria-label": name });
  set("dl.column-descriptions", { tabindex: "0", "aria-label": "What each column means" });
  set(".table-wrapper", { tabindex: "0", role: "region", "aria-label": "Rows" });
  // They follow the page's only first heading.
  set(".content > h3, .advanced-export > h3, form > h3", { role: "heading", "aria-level": "2" });
})();
