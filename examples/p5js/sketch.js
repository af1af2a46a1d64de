// Blobs that follow the music: warm and many when excited, round when pleasant.
// Another tracker: open the page as ?ws=ws://192.168.1.20:8765/ws

const address = new URLSearchParams(location.search).get("ws") ?? "ws://127.0.0.1:8765/ws";

const music = { arousal: 0, valence: 0, active: false, estimates: 0 };
let arousal = 0;
let valence = 0;
let turn = 0;

function listen(waitMs = 250) {
  const socket = new WebSocket(address);
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type !== "estimate") return; // hello, status, and what may come one day
    Object.assign(music, message);
    music.estimates += 1;
    console.log(`mer: arousal ${message.arousal} valence ${message.valence}`);
    waitMs = 250;
  };
  // The tracker may start later than the page, or again.
  socket.onclose = () => setTimeout(listen, waitMs * (1 + Math.random()), Math.min(2 * waitMs, 5000));
}

function setup() {
  createCanvas(windowWidth, windowHeight);
  colorMode(HSB, 360, 100, 100, 1);
  noStroke();
  listen();
}

function draw() {
  // Half a second to each new value, whatever the rate of frames.
  const part = 1 - Math.exp(-deltaTime / 200);
  arousal += part * (music.arousal - arousal);
  valence += part * (music.valence - valence);
  turn += (deltaTime / 1000) * Math.pow(4, arousal);

  background(240, 20, 7);
  const count = Math.round(map(arousal, -1, 1, 4, 40));
  const hue = map(valence, -1, 1, 260, 40); // from violet to amber
  const reach = 0.36 * Math.min(width, height);
  for (let k = 0; k < count; k += 1) {
    const angle = turn + (k * TWO_PI) / count;
    const wobble = 1 + 0.35 * Math.sin(3 * angle + 2 * turn) * (1 - valence) * 0.5;
    fill((hue + k) % 360, 70, music.active ? 95 : 45, 0.55);
    circle(
      width / 2 + reach * wobble * Math.cos(angle),
      height / 2 + reach * wobble * Math.sin(angle),
      map(arousal, -1, 1, 90, 30),
    );
  }
}

function windowResized() {
  resizeCanvas(windowWidth, windowHeight);
}
