"""What decides a run: one dataclass, read from top to bottom, saved with every run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from realtime_mer.errors import UserError


@dataclass(frozen=True)
class Settings:
    """Everything a run depends on but its data."""

    # Data. A set's share is how often a crop is drawn from it, not its size.
    shares: dict[str, float] = field(
        default_factory=lambda: {
            "emotify": 0.18,  # numbers of many listeners, but few songs, soon learned by heart
            "panda4q": 0.29,  # the widest choice of genres and artists
            "vgmidi": 0.18,  # the only ratings over time in quantity
            "emopia": 0.19,  # signs only, one instrument
            "emomusic": 0.01,  # five songs
            "grekow": 0.03,  # 6 s each; the folds' networks never hear it
            "unlabelled": 0.12,  # music nobody rated, for the teachers' answers alone
        }
    )
    scales: dict[str, float] = field(
        default_factory=lambda: {"grekow": 0.5}  # experts use twice the range of listeners
    )
    folds: int = 5  # held out in turn, by artist, series or song

    # Crops.
    crop_steps: int = 60  # 30 s: the level's time constant, and the length of many clips
    batch: int = 16  # crops a step of the optimiser: many small steps suit few processors
    batches_per_epoch: int = 250  # 4,000 crops of 30 s are about all the sound
    epochs: int = 6  # of six networks at once: twelve minutes on two cores

    # Augmentation, each drawn anew for every crop.
    gain_db: float = 15.0  # ± this; matters through gate and floor alone
    equaliser_db: float = 1.0  # standard deviation of a smooth curve: rooms, microphones, masters
    pitch_semitones: float = 0.0  # ± this, of half the crops; moving bands blurs harmony
    tempo: float = 0.0  # ± this share, of half the crops
    noise_chance: float = 0.05  # of a noise floor 15 to 60 dB under the music
    room_chance: float = 0.05  # of a decay of 0.2 to 1.2 s smeared over the frames
    cut_chance: float = 0.05  # of a low-pass between 3 and 8 kHz: small speakers, codecs
    jitter_db: float = 0.3  # white, on every band: what FFT sizes and codecs differ by

    # Network.
    ear: tuple[int, ...] = (12, 24, 48, 128)  # channels of its convolutions
    wide: int = 192  # first layer of the embedding; with these, 270,000 parameters in all
    hidden: int = 128  # of embedding and GRU; other sizes were not tried
    means_s: tuple[float, ...] = (4.0, 30.0)  # of running means: a phrase, a section
    dropout: float = 0.2  # on embedding and memory

    # Pretraining of ear and embedding, to say what YAMNet hears; 0 needs no YAMNet.
    pretraining_batches: int = 3_000  # of 192 steps; after 2,000 the loss hardly falls
    encoder_haste: float = 0.3  # its later rate of learning, relative to that of all else

    # Loss.
    settle_s: float = 5.0  # estimates before this count for little: nobody judges a first second
    sign_softness: float = 0.25  # how far from neutral a quadrant pushes
    sign_weight: float = 3.0  # of signs; their slope is a tenth of that of numbers
    song_weight: float = 2.0  # of the mean over a crop, which songs are judged by
    # Both of what probes on YAMNet's embedding say; 0 and 0 need no YAMNet.
    teacher_weight: float = 2.0  # of their answers as a second task of the embedding
    answer_weight: float = 1.5  # of the estimate they would give to real recordings

    # Optimiser.
    learning_rate: float = 3e-3  # peak of a one-cycle cosine
    warm_up: float = 0.1  # share of the run until the peak
    weight_decay: float = 3e-2  # AdamW's
    clip_norm: float = 1.0  # gradients of a GRU have rare spikes
    average: float = 0.995  # of the weights over steps; steadier than the last step's
    patience: int = 0  # epochs without a better loss on recordings set aside; 0 runs to the end
    aside_share: float = 0.1  # of each set's groups, set aside where there is patience
    half_precision: bool = True  # bfloat16 on a graphics processor; processors keep float32
    seed: int = 0  # of weights, order and augmentation
    threads: int = 2  # networks that learn at the same time; any number gives the same weights

    def save(self, path: Path) -> None:
        """Write the settings as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Build settings from what :meth:`save` wrote.

        Raises:
            UserError: a name is no setting.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UserError(f"'{unknown[0]}' is no setting; there are {', '.join(sorted(known))}.")
        values = dict(values)
        for name in ("means_s", "ear"):
            if name in values:
                values[name] = tuple(values[name])
        return cls(**values)

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read settings from JSON."""
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, json.JSONDecodeError) as error:
            raise UserError(f"The settings {path} cannot be read ({error}).") from None
