"""How much others may ask of this program: pure counting, for every port it opens.

No socket, thread or clock is known here: the caller brings the time, in seconds of a clock
that never goes back.
"""
