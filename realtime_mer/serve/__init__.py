"""Sound from others over WebSocket, a stream for each, and its estimates back."""
