// Moving through the set: drag and wheel over the curves, the strip below them, keys, pinch.

const WHEEL = 0.0016;

/** Let a curve be dragged and zoomed; now() is stream time, plot(width) where it is drawn. */
export function browse(canvas, view, now, plot) {
  const fingers = new Map();
  let spread = 0;
  const timeAt = (clientX) => {
    const box = canvas.getBoundingClientRect();
    const { left, right } = plot(box.width, box.height);
    return view.endS(now()) - (1 - (clientX - box.left - left) / (right - left)) * view.spanS;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event.clientX);
    canvas.classList.add("dragged");
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const box = canvas.getBoundingClientRect();
    const { left, right } = plot(box.width, box.height);
    const before = fingers.get(event.pointerId);
    fingers.set(event.pointerId, event.clientX);
    if (fingers.size === 2) {
      const [one, other] = [...fingers.values()];
      const apart = Math.max(20, Math.abs(one - other));
      if (spread) view.zoom(spread / apart, timeAt((one + other) / 2), now());
      spread = apart;
    } else if (event.clientX !== before) {
      view.pan(((before - event.clientX) / (right - left)) * view.spanS, now());
    }
  });
  const release = (event) => {
    fingers.delete(event.pointerId);
    spread = 0;
    if (!fingers.size) canvas.classList.remove("dragged");
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("dblclick", () => view.follow());
  canvas.addEventListener(
    "wheel",
    (event) => {
      // Where the page itself is longer than the screen, the wheel is for that.
      const long = document.documentElement.scrollHeight > innerHeight + 1;
      if (long && !event.ctrlKey && Math.abs(event.deltaY) >= Math.abs(event.deltaX)) return;
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        view.pan((event.deltaX / canvas.clientWidth) * view.spanS, now());
      } else view.zoom(Math.exp(event.deltaY * WHEEL), timeAt(event.clientX), now());
    },
    { passive: false },
  );
}

/** Let the strip be clicked, dragged and worked by keys. */
export function leaf(canvas, overview, view, now) {
  const go = (event) => {
    const box = canvas.getBoundingClientRect();
    view.centre(overview.timeAt(event.clientX - box.left, now()), now());
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    go(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) go(event);
  });
  canvas.addEventListener("dblclick", () => view.follow());
  const KEYS = {
    ArrowLeft: () => view.pan(-view.spanS / 4, now()),
    ArrowRight: () => view.pan(view.spanS / 4, now()),
    ArrowUp: () => view.zoom(1 / 1.5, view.endS(now()) - view.spanS / 2, now()),
    ArrowDown: () => view.zoom(1.5, view.endS(now()) - view.spanS / 2, now()),
    Home: () => view.whole(now()),
    End: () => view.follow(),
  };
  canvas.addEventListener("keydown", (event) => {
    if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}
