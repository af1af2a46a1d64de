// realtime-mer in Unity: put this and OscMessage.cs into Assets, add the component to an object,
// start  realtime-mer --preset unity  and read Arousal and Valence from anywhere.
using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using UnityEngine;

public class MerReceiver : MonoBehaviour
{
    public int port = 9000;
    [Tooltip("Seconds to each new value; 0 where the tracker glides itself (--osc-rate 60).")]
    public float glide = 0.0f;

    public float Arousal { get; private set; }     // -1 calm ... 1 excited
    public float Valence { get; private set; }     // -1 unpleasant ... 1 pleasant
    public float ArousalStd { get; private set; }  // how unsure
    public float ValenceStd { get; private set; }
    public bool Active { get; private set; }       // whether there is music

    float wantedArousal, wantedValence;
    UdpClient socket;
    readonly List<OscMessage> messages = new List<OscMessage>();

    void OnEnable()
    {
        socket = new UdpClient(new IPEndPoint(IPAddress.Any, port));
    }

    void OnDisable()
    {
        socket.Close();
        socket = null;
    }

    void Update()
    {
        // Without a thread: what came since the last frame is waiting in the socket.
        var sender = new IPEndPoint(IPAddress.Any, 0);
        while (socket.Available > 0)
        {
            byte[] packet = socket.Receive(ref sender);
            messages.Clear();
            try { OscMessage.Read(packet, 0, packet.Length, messages); }
            catch (Exception) { continue; } // not for us
            foreach (OscMessage message in messages) Take(message);
        }
        float part = glide > 0 ? 1 - Mathf.Exp(-Time.deltaTime / glide) : 1;
        Arousal += part * (wantedArousal - Arousal);
        Valence += part * (wantedValence - Valence);
    }

    void Take(OscMessage message)
    {
        switch (message.Address)
        {
            case "/mer/arousal": wantedArousal = message.Float(0); break;
            case "/mer/valence": wantedValence = message.Float(0); break;
            case "/mer/arousal_std": ArousalStd = message.Float(0); break;
            case "/mer/valence_std": ValenceStd = message.Float(0); break;
            case "/mer/active": Active = message.Float(0) > 0.5f; break;
        }
    }
}
