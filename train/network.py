"""The live model: a step's frames are described, embedded, and a causal GRU remembers them.

Each call hears 500 ms. The description is fixed: statistics of every band over the step
(what timbre and loudness are made of) and a coarse picture of the step in 16 bands (attacks,
pulse). Nothing before it is learned, so while training it is computed once for all networks
that learn from the same sound.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from realtime_mer.frontend import FRONT_END

DIMENSIONS = ("arousal", "valence")
MIN_STD = 0.03  # a band narrower than this would claim more than raters agree on
COARSE = 16  # bands of the coarse picture, four of the front end's each
STATISTICS = 4


def describe(frames: Tensor) -> tuple[Tensor, Tensor]:
    """Describe steps of frames.

    Args:
        frames: ``[N, 25, 64]``, level-normalised dB.

    Returns:
        Statistics of each band ``[N, 4 * 64]`` in dB (mean, spread, change from frame to
        frame, slow change), and the coarse picture ``[N, 16, 25]`` in dB.
    """
    mean = frames.mean(1)
    variance = (frames - mean[:, None]).square().mean(1)
    change = (frames[:, 1:] - frames[:, :-1]).square().mean(1)
    # Over 80 ms, about a note's attack; sustained sound with vibrato differs from strokes.
    slow = (frames[:, 4:] - frames[:, :-4]).square().mean(1)
    statistics = torch.cat([mean, _root(variance), _root(change), _root(slow)], 1)
    picture = (-1, FRONT_END.frames_per_step, COARSE, FRONT_END.bands // COARSE)
    coarse = frames.reshape(picture).mean(3).transpose(1, 2)
    return statistics, coarse


def _root(variance: Tensor) -> Tensor:
    """Square root with a floor of 0.3 dB, which is no more than a codec changes."""
    return torch.sqrt(variance + 0.1)


class Encoder(nn.Module):
    """Embeds described steps, each on its own.

    Shape:
        - Input: statistics ``[N, 256]``, coarse picture ``[N, 16, 25]``
        - Output: ``[N, hidden]``

    Attributes:
        centre, width: standardisation of the statistics, ``[256]``.
        coarse_centre, coarse_width: of the coarse picture, ``[16, 1]``.
    """

    centre: Tensor
    width: Tensor
    coarse_centre: Tensor
    coarse_width: Tensor

    def __init__(self, conv: int, hidden: int, dropout: float) -> None:
        super().__init__()
        size = STATISTICS * FRONT_END.bands
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("width", torch.ones(size))
        self.register_buffer("coarse_centre", torch.zeros(COARSE, 1))
        self.register_buffer("coarse_width", torch.ones(COARSE, 1))
        self.conv = nn.Conv1d(COARSE, conv, kernel_size=5, stride=2)
        self.first = nn.Linear(size + 2 * conv, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.drop = nn.Dropout(dropout)

    def forward(self, statistics: Tensor, coarse: Tensor) -> Tensor:
        coarse = (coarse - self.coarse_centre) / self.coarse_width
        seen = nn.functional.gelu(self.conv(coarse))
        middle = seen.mean(2)
        spread = torch.sqrt((seen - middle[:, :, None]).square().mean(2) + 1e-2)
        parts = [(statistics - self.centre) / self.width, middle, spread]
        hidden = self.drop(nn.functional.gelu(self.norm(self.first(torch.cat(parts, 1)))))
        return nn.functional.gelu(self.second(hidden))


class MoodNetwork(nn.Module):
    """Arousal and valence with their spread, causal over steps.

    Args:
        hidden: size of embedding and memory.
        conv: channels of the convolution within a step.
        dropout: on embedding and memory while training.
        teacher: size of the teacher's embedding, 0 for none.
    """

    def __init__(self, hidden: int, conv: int, dropout: float, teacher: int = 0) -> None:
        super().__init__()
        self.hidden = hidden
        self.encoder = Encoder(conv, hidden, dropout)
        self.drop = nn.Dropout(dropout)
        self.memory = nn.GRU(hidden, hidden, batch_first=True)
        self.mean = nn.Linear(2 * hidden, len(DIMENSIONS))
        self.std = nn.Linear(2 * hidden, len(DIMENSIONS))
        self.teacher = nn.Linear(hidden, teacher) if teacher else None
        nn.init.zeros_(self.mean.bias)
        nn.init.constant_(self.std.bias, -1.5)  # softplus gives 0.2, the ratings' own spread
        with torch.no_grad():
            self.mean.weight.mul_(0.3)
            self.std.weight.mul_(0.3)

    @property
    def state_shape(self) -> tuple[int, int]:
        """Layers and size of the state, the L and H of ``[L, B, H]``."""
        return 1, self.hidden

    def forward(
        self, statistics: Tensor, coarse: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Run over a sequence of described steps.

        Args:
            statistics: ``[B, T, 256]``.
            coarse: ``[B, T, 16, 25]``.
            state: ``[L, B, H]``, zeros where the listening begins.

        Returns:
            mean ``[B, T, 2]`` in -1 to 1, std ``[B, T, 2]``, the next state and the
            steps' embeddings ``[B, T, H]``.
        """
        shape = statistics.shape[:2]
        embedding = self.encoder(statistics.flatten(0, 1), coarse.flatten(0, 1))
        return self.remember(self.drop(embedding.reshape(*shape, -1)), state)

    def remember(self, embedding: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Do all that comes after the encoder, as :meth:`forward` returns it."""
        memory, state = self.memory(embedding, state)
        both = torch.cat([embedding, self.drop(memory)], 2)
        mean = torch.tanh(self.mean(both))
        std = nn.functional.softplus(self.std(both)) + MIN_STD
        return mean, std, state, embedding


class OneStep(nn.Module):
    """The network as it is exported: one step for each of B streams.

    Shape:
        - Input: frames ``[B, 25, 64]``, state ``[L, B, H]``
        - Output: mean ``[B, 2]``, std ``[B, 2]``, next state ``[L, B, H]``
    """

    def __init__(self, network: MoodNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        embedding = self.network.encoder(*describe(frames)).unsqueeze(1)
        mean, std, state, _ = self.network.remember(embedding, state)
        return mean.squeeze(1), std.squeeze(1), state


def count_parameters(network: nn.Module) -> int:
    """Return the number of trained values."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
