// realtime-mer in Processing. Install the library oscP5 (Sketch, Import Library, Manage
// Libraries), then start  realtime-mer --preset processing
import oscP5.*;

OscP5 osc;
volatile float arousal, valence, arousalStd = 1, valenceStd = 1;
volatile boolean active;
float x, y;

void setup() {
  size(600, 600);
  osc = new OscP5(this, 12000);
}

// Called from a thread of the library's own.
void oscEvent(OscMessage message) {
  if (message.checkAddrPattern("/mer/arousal")) arousal = message.get(0).floatValue();
  if (message.checkAddrPattern("/mer/valence")) valence = message.get(0).floatValue();
  if (message.checkAddrPattern("/mer/arousal_std")) arousalStd = message.get(0).floatValue();
  if (message.checkAddrPattern("/mer/valence_std")) valenceStd = message.get(0).floatValue();
  if (message.checkAddrPattern("/mer/active")) active = message.get(0).intValue() == 1;
}

void draw() {
  background(16);
  stroke(70);
  line(width / 2, 0, width / 2, height);
  line(0, height / 2, width, height / 2);
  x = lerp(x, valence, 0.1);
  y = lerp(y, arousal, 0.1);
  float px = map(x, -1, 1, 0, width), py = map(y, -1, 1, height, 0);
  noStroke();
  fill(255, 150, 60, 60);
  ellipse(px, py, valenceStd * width, arousalStd * height);
  fill(active ? color(255, 190, 90) : color(120));
  ellipse(px, py, 24, 24);
}
