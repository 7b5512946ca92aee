// What has to happen before the first paint: set the colours that were chosen last, and hide what has no
// figures yet, so that nothing jumps when they arrive.
"use strict";
document.documentElement.classList.add("reading");
try {
  const theme = localStorage.getItem("fermata-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage, the colours are those of the system.
}
