// Keys for what the page already has: a key presses the button, or follows the link, that
// names it. Nothing happens while somebody types.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (named) {
      event.preventDefault();
      named.click();
    }
  });
})();
