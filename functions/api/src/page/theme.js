// Sets the colours that were chosen last. A separate file that blocks the first paint.
"use strict";
try {
  const theme = localStorage.getItem("fermata-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage, the colours are those of the system.
}
