// Sets the chosen theme before anything is painted; without a choice the system's preference holds.
try {
  const theme = localStorage.getItem("fairminute.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.fairminuteTheme = theme;
} catch {
  // Storage may be forbidden: the system's preference holds.
}
