// One OSC message out of a UDP packet. Knows nothing of Unity.
using System;
using System.Collections.Generic;
using System.Text;

public sealed class OscMessage
{
    public string Address;
    public readonly List<object> Values = new List<object>(); // float, int or string

    public float Float(int index) { return Convert.ToSingle(Values[index]); }

    /// <summary>Adds the messages of a packet to a list; a bundle holds several.</summary>
    /// <exception cref="FormatException">The packet is not OSC.</exception>
    public static void Read(byte[] packet, int begin, int end, List<OscMessage> found)
    {
        int at = begin;
        string address = ReadText(packet, ref at, end);
        if (address == "#bundle")
        {
            at += 8; // the time tag: what comes is for now
            while (at < end)
            {
                int size = ReadInt(packet, ref at, end);
                if (size < 0 || at + size > end) throw new FormatException("a bundle ends early");
                Read(packet, at, at + size, found);
                at += size;
            }
            return;
        }
        if (!address.StartsWith("/")) throw new FormatException("no address");
        var message = new OscMessage { Address = address };
        string types = ReadText(packet, ref at, end);
        for (int k = 1; k < types.Length; k++)
        {
            if (types[k] == 'f') message.Values.Add(ReadFloat(packet, ref at, end));
            else if (types[k] == 'i') message.Values.Add(ReadInt(packet, ref at, end));
            else if (types[k] == 's') message.Values.Add(ReadText(packet, ref at, end));
            else throw new FormatException("a type the tracker does not send");
        }
        found.Add(message);
    }

    static string ReadText(byte[] packet, ref int at, int end)
    {
        int stop = Array.IndexOf(packet, (byte)0, at, end - at);
        if (stop < 0) throw new FormatException("a text does not end");
        string text = Encoding.UTF8.GetString(packet, at, stop - at);
        at = stop + 4 - (stop % 4); // zeros up to a multiple of four bytes
        return text;
    }

    static int ReadInt(byte[] packet, ref int at, int end)
    {
        if (at + 4 > end) throw new FormatException("a number ends early");
        int value = packet[at] << 24 | packet[at + 1] << 16 | packet[at + 2] << 8 | packet[at + 3];
        at += 4;
        return value;
    }

    static float ReadFloat(byte[] packet, ref int at, int end)
    {
        return BitConverter.ToSingle(BitConverter.GetBytes(ReadInt(packet, ref at, end)), 0);
    }
}
