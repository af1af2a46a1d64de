// Prints what the tracker sends by OSC; needs nothing but Node.
// Start the tracker, then: node osc_client.js [PORT]
import { createSocket } from "node:dgram";

const port = Number(process.argv[2] ?? 9000);

// OSC 1.0: a text ends in zeros up to a multiple of four bytes.
function text(packet, at) {
  const end = packet.indexOf(0, at);
  return [packet.toString("utf8", at, end), end + 4 - (end % 4)];
}

function read(packet, found = []) {
  let [address, at] = text(packet, 0);
  if (address === "#bundle") {
    for (at += 8; at < packet.length; ) { // after the time tag, messages with their lengths
      const size = packet.readInt32BE(at);
      read(packet.subarray(at + 4, at + 4 + size), found);
      at += 4 + size;
    }
    return found;
  }
  let types;
  [types, at] = text(packet, at);
  const values = [];
  for (const type of types.slice(1)) {
    if (type === "f") values.push(packet.readFloatBE(at));
    else if (type === "i") values.push(packet.readInt32BE(at));
    if (type === "s") {
      let word;
      [word, at] = text(packet, at);
      values.push(word);
    } else {
      at += 4; // the tracker sends i, f and s alone
    }
  }
  found.push({ address, values });
  return found;
}

const socket = createSocket("udp4");
socket.on("message", (packet) => {
  for (const { address, values } of read(packet)) {
    console.log("mer:", address.replace("/mer/", ""), ...values);
  }
});
socket.bind(port, "127.0.0.1");
