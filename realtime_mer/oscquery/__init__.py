"""What the tracker sends and takes by OSC, described for programs that ask.

OSCQuery is Vidvox's proposal for that (github.com/Vidvox/OSCQueryProposal): a tree of every
address as JSON over HTTP, messages over a WebSocket, and an announcement by Zeroconf. All
here but the announcement is pure: no sockets, no threads, no clock.
"""
