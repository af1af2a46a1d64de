"""What the tracker heard, kept as a sound file beside the estimates."""

from realtime_mer.sinks.audio.recorder import AudioRecorder

__all__ = ["AudioRecorder"]
