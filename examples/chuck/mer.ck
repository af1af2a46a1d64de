// realtime-mer in ChucK: start  realtime-mer  and  chuck mer.ck
// Another port: chuck mer.ck:9001
9000 => int port;
if (me.args() > 0) me.arg(0) => Std.atoi => port;

// A voice that follows: higher and brighter when excited, louder while there is music.
SawOsc voice => LPF filter => Gain loudness => dac;
0.0 => float arousal;
0.0 => float music;
110.0 => voice.freq;
400.0 => filter.freq;
0.0 => loudness.gain;

fun void follow()
{
    arousal => float a;
    music => float m;
    while (true)
    {
        // half a second to each new value
        a + 0.04 * (arousal - a) => a;
        m + 0.04 * (music - m) => m;
        110.0 * Math.pow(2.0, a) => voice.freq;
        400.0 * Math.pow(8.0, a) => filter.freq;
        0.1 * m => loudness.gain;
        20::ms => now;
    }
}
spork ~ follow();

OscIn input;
OscMsg message;
port => input.port;
input.listenAll();
chout <= "mer: listening on port " <= port <= IO.newline();
chout.flush();

while (true)
{
    input => now;
    while (input.recv(message))
    {
        if (message.address == "/mer/arousal")
        {
            message.getFloat(0) => arousal;
            chout <= "mer: arousal " <= arousal <= IO.newline();
        }
        else if (message.address == "/mer/valence")
        {
            chout <= "mer: valence " <= message.getFloat(0) <= IO.newline();
        }
        else if (message.address == "/mer/arousal_std")
        {
            chout <= "mer: arousal_std " <= message.getFloat(0) <= IO.newline();
        }
        else if (message.address == "/mer/valence_std")
        {
            chout <= "mer: valence_std " <= message.getFloat(0) <= IO.newline();
        }
        else if (message.address == "/mer/active")
        {
            message.getInt(0) => music;
            chout <= "mer: active " <= message.getInt(0) <= IO.newline();
        }
        chout.flush();
    }
}
