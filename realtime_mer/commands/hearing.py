"""What a run listens to, and what listens, as the settings have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from realtime_mer.engine import Engine
from realtime_mer.model import EmotionModel
from realtime_mer.settings import Settings
from realtime_mer.sources.base import Source
from realtime_mer.sources.each import check_count, parse_each, stream_numbers
from realtime_mer.sources.opening import SourceRequest, parse_channel_count, parse_channels
from realtime_mer.streams.channels import ChannelTracker
from realtime_mer.tracker import Tracker


def make_engine(
    settings: Settings, model: EmotionModel, rate_hz: int, streams: Sequence[int]
) -> Engine:
    """Return what listens to a source: one tracker, or one stream for each channel.

    Args:
        settings: of the run.
        model: the network.
        rate_hz: of the source.
        streams: their numbers; none where all channels are mixed to one.
    """
    hold = settings.silence == "hold"
    engine: Engine
    if streams:
        engine = ChannelTracker(rate_hz, model, streams, gate_db=settings.gate, hold=hold)
    else:
        engine = Tracker(rate_hz, model, gate_db=settings.gate, hold=hold)
    engine.gain_db = settings.gain
    return engine


def source_request(settings: Settings) -> SourceRequest:
    """Return what the settings ask the sources for.

    Raises:
        UserError: where the channels make no sense.
    """
    standard_input = settings.device.strip() == "-"
    request: dict[str, Any] = {}
    channels = settings.channels
    if each := parse_each(channels):
        channels = each.listed or None
        request["every_channel"] = True
    if channels is not None and standard_input:
        request["stdin_channels"] = parse_channel_count(channels)
    elif channels is not None:
        request["channels"] = parse_channels(channels)
    return SourceRequest(
        device=settings.device,
        rate_hz=settings.rate,
        sample_format=settings.format,
        speed=settings.speed,
        **request,
    )


def streams_of(request: SourceRequest, source: Source) -> tuple[int, ...]:
    """Return the numbers of a run's streams; none where all channels are mixed to one.

    Raises:
        UserError: where there are more channels than may each be a stream.
    """
    if not request.every_channel:
        return ()
    check_count(source.channels, source.name)
    return stream_numbers(request.channels, source.channels)
