// Trims a recording by drawing on its shape. The two fields of the form hold what counts, and work
// without this.

const form = document.getElementById("cut");
const shape = document.getElementById("shape");
const sound = document.getElementById("clean");

const STEP = 0.1;

// A handle at one end of what is kept, and the shade over what is taken off.
function handle(field, name, side) {
  const shade = document.createElement("div");
  shade.className = `shade ${side}`;
  const grip = document.createElement("button");
  grip.type = "button";
  grip.className = `grip ${side}`;
  grip.setAttribute("role", "slider");
  grip.setAttribute("aria-label", name);
  shape.append(shade, grip);
  const length = Number(field.max);

  const draw = () => {
    const seconds = Math.min(Math.max(Number(field.value) || 0, 0), length);
    const percent = (seconds / length) * 100;
    grip.style.left = `${percent}%`;
    shade.style[side === "start" ? "width" : "left"] = `${percent}%`;
    grip.setAttribute("aria-valuenow", seconds.toFixed(1));
    grip.setAttribute("aria-valuemin", "0");
    grip.setAttribute("aria-valuemax", length.toFixed(1));
  };
  const set = (seconds) => {
    field.value = Math.min(Math.max(seconds, 0), length).toFixed(1);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  field.addEventListener("input", draw);

  grip.addEventListener("pointerdown", (event) => {
    grip.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  grip.addEventListener("pointermove", (event) => {
    if (grip.hasPointerCapture(event.pointerId)) {
      const { left, width } = shape.getBoundingClientRect();
      set(((event.clientX - left) / width) * length);
    }
  });
  // Whoever let go wants to hear where that was.
  grip.addEventListener("pointerup", () => {
    sound.currentTime = side === "start" ? Number(field.value) : Math.max(field.value - 2, 0);
  });
  grip.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (steps) {
      set(Number(field.value) + steps * STEP);
      event.preventDefault();
    }
  });
  draw();
}

if (form && shape) {
  handle(form.elements.from, shape.dataset.start, "start");
  handle(form.elements.until, shape.dataset.end, "end");
  sound.addEventListener("timeupdate", () => {
    const until = Number(form.elements.until.value);
    if (until < Number(form.elements.until.max) && sound.currentTime >= until) {
      sound.pause();
    }
  });
}
