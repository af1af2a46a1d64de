// Keep the screen awake while the page is seen, where the browser allows it.

export function keepAwake() {
  const ask = async () => {
    if (document.hidden) return;
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // low battery or not a secure context: the screen then sleeps as it always did
    }
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
