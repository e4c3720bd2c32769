// Runs before the first paint, so that the chosen theme does not flash in after the other one.
const chosen = localStorage.getItem("malote.theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
