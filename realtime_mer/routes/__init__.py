"""From estimates to the addresses, ranges and movement a receiver wants.

Pure: no sockets, no threads, no clock but the times that are handed in.
"""
