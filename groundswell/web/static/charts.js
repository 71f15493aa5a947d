// Draws each chart that the page describes in a data block. The page reads well without.
(() => {
  "use strict";
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true, // the expression interpreter: the page's rules forbid eval
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  };
  const draw = async (block) => {
    const place = document.getElementById(block.dataset.chart);
    try {
      // Vega relabels the element that it is given, so it gets one inside ours.
      const inside = place.appendChild(document.createElement("div"));
      await vegaEmbed(inside, JSON.parse(block.textContent), options);
      place.dataset.drawn = "yes";
    } catch (error) {
      console.error(error);
      place.dataset.drawn = "no";
      place.textContent = "The picture could not be drawn; the table below has its numbers.";
    }
  };
  document.querySelectorAll("script[data-chart]").forEach(draw);
})();
