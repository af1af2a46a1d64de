"""The network in ONNX Runtime, with everything it must know read from its own file."""

from realtime_mer.model.session import EmotionModel, load_model, shipped_model

__all__ = ["EmotionModel", "load_model", "shipped_model"]
