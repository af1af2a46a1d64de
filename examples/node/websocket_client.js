// Prints what the tracker says by WebSocket, and waits for it where it is not there.
// npm install; node websocket_client.js [ws://127.0.0.1:8765/ws]
import WebSocket from "ws";

const address = process.argv[2] ?? "ws://127.0.0.1:8765/ws";
let waitMs = 250;

function listen() {
  const socket = new WebSocket(address, { perMessageDeflate: false });
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.type !== "estimate") return; // hello, status, and what may come one day
    waitMs = 250;
    for (const name of ["arousal", "valence", "arousal_std", "valence_std", "active"]) {
      console.log("mer:", name, Number(message[name]));
    }
  });
  socket.on("error", () => {}); // a close follows
  socket.on("close", () => {
    setTimeout(listen, waitMs * (1 + Math.random()));
    waitMs = Math.min(2 * waitMs, 5000);
  });
}

listen();
