"""The live model: a step's frames are described, embedded, and a causal GRU remembers them.

Each call hears 500 ms. The description is fixed: statistics of every band over the step
(what timbre and loudness are made of) and a picture of the step in 16 bands (attacks,
pulse). Nothing before it is learned, so while training it is computed once for all networks
that learn from the same sound.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from realtime_mer.frontend import FRONT_END

DIMENSIONS = ("arousal", "valence")
MIN_STD = 0.03  # a band narrower than this would claim more than raters agree on
RATED_SETS = ("emotify", "vgmidi", "grekow", "emomusic")  # those rated in numbers
STEP_S = FRONT_END.frames_per_step / FRONT_END.hops_per_s
STATISTICS = 4


def describe(frames: Tensor) -> tuple[Tensor, Tensor]:
    """Describe steps of frames.

    Args:
        frames: ``[N, 25, 64]``, level-normalised dB.

    Returns:
        Statistics of each band ``[N, 4 * 64]`` in dB (mean, spread, change from frame to
        frame, slow change), and the picture ``[N, 64, 25]`` in dB.
    """
    mean = frames.mean(1)
    variance = (frames - mean[:, None]).square().mean(1)
    change = (frames[:, 1:] - frames[:, :-1]).square().mean(1)
    # Over 80 ms, about a note's attack; sustained sound with vibrato differs from strokes.
    slow = (frames[:, 4:] - frames[:, :-4]).square().mean(1)
    statistics = torch.cat([mean, _root(variance), _root(change), _root(slow)], 1)
    return statistics, frames.transpose(1, 2)


def _root(variance: Tensor) -> Tensor:
    """Square root with a floor of 0.3 dB, which is no more than a codec changes."""
    return torch.sqrt(variance + 0.1)


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own.

    Networks that are fitted side by side in threads must not share one, or none could be
    fitted twice to the same weights.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.generator: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or self.share == 0.0:
            return values
        kept = torch.empty_like(values).bernoulli_(1.0 - self.share, generator=self.generator)
        return values * kept / (1.0 - self.share)


class Encoder(nn.Module):
    """Embeds described steps, each on its own.

    Shape:
        - Input: statistics ``[N, 256]``, picture ``[N, 64, 25]``
        - Output: ``[N, hidden]``

    Attributes:
        centre, width: standardisation of the statistics, ``[256]``.
        picture_centre, picture_width: of the picture, ``[64, 1]``.
    """

    centre: Tensor
    width: Tensor
    picture_centre: Tensor
    picture_width: Tensor

    def __init__(self, conv: int, hidden: int, dropout: float) -> None:
        super().__init__()
        size = STATISTICS * FRONT_END.bands
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("width", torch.ones(size))
        self.register_buffer("picture_centre", torch.zeros(FRONT_END.bands, 1))
        self.register_buffer("picture_width", torch.ones(FRONT_END.bands, 1))
        self.conv = nn.Conv1d(FRONT_END.bands, conv, kernel_size=5, stride=2, bias=False)
        self.conv_bias = nn.Parameter(torch.zeros(conv))
        self.first = nn.Linear(size + 2 * conv, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.drop = Dropout(dropout)

    def forward(self, statistics: Tensor, picture: Tensor) -> Tensor:
        # Standardising the weights costs less than standardising every frame.
        weight = self.conv.weight / self.picture_width
        bias = self.conv_bias - (weight * self.picture_centre).sum((1, 2))
        seen = nn.functional.gelu(nn.functional.conv1d(picture, weight, bias, stride=2))
        middle = seen.mean(2)
        spread = torch.sqrt((seen - middle[:, :, None]).square().mean(2) + 1e-2)
        parts = [(statistics - self.centre) / self.width, middle, spread]
        hidden = self.drop(nn.functional.gelu(self.norm(self.first(torch.cat(parts, 1)))))
        return nn.functional.gelu(self.second(hidden))


@functools.cache
def running_mean_weights(count: int, time_constant_s: float) -> Tensor:
    """Return how much each step counts in the running mean at each step.

    The mean is over all steps so far until these span the time constant, from then on it
    forgets exponentially, as the front end's level does: right from the first step on.

    Returns:
        ``[count, count]``, rows add up to 1, nothing above the diagonal.
    """
    weights = torch.zeros(count, count)
    for k in range(count):
        new = max(1.0 / (k + 1), STEP_S / time_constant_s)
        weights[k] = weights[k - 1] * (1.0 - new)
        weights[k, k] = new
    return weights


class MoodNetwork(nn.Module):
    """Arousal and valence with their spread, causal over steps.

    It remembers in two ways: a GRU, which learns what to keep, and running means of the
    embedding over fixed times, which need no learning and so generalise from few songs.

    Args:
        hidden: size of embedding and memory.
        conv: channels of the convolution within a step.
        dropout: on embedding and memory while training.
        means_s: time constants of the running means in seconds.
        teacher: size of the teacher's embedding, 0 for none.
    """

    widening: Tensor

    def __init__(
        self, hidden: int, conv: int, dropout: float, means_s: Sequence[float], teacher: int = 0
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.means_s = tuple(means_s)
        self.encoder = Encoder(conv, hidden, dropout)
        self.drop = Dropout(dropout)
        self.memory = nn.GRU(hidden, hidden, batch_first=True)
        joined = hidden * (2 + len(self.means_s))
        self.mean = nn.Linear(joined, len(DIMENSIONS))
        self.std = nn.Linear(joined, len(DIMENSIONS))
        self.teacher = nn.Linear(hidden, teacher) if teacher else None
        # Where each dataset's raters have their neutral; learned, not exported.
        self.offset = nn.Parameter(torch.zeros(len(RATED_SETS), len(DIMENSIONS)))
        # Widens the spread to what held-out recordings ask for; set after fitting.
        self.register_buffer("widening", torch.ones(len(DIMENSIONS)))
        nn.init.zeros_(self.mean.bias)
        nn.init.constant_(self.std.bias, -1.5)  # softplus gives 0.2, the ratings' own spread
        with torch.no_grad():
            self.mean.weight.mul_(0.3)
            self.std.weight.mul_(0.3)

    def draw_from(self, generator: torch.Generator) -> None:
        """Let dropout draw from a generator, which lives on the network's device."""
        for module in self.modules():
            if isinstance(module, Dropout):
                module.generator = generator

    @property
    def state_shape(self) -> tuple[int, int]:
        """Layers and size of the state, the L and H of ``[L, B, H]``.

        Layer 0 is the GRU's, one more for each running mean, and the last holds in every
        place the number of steps heard.
        """
        return 1 + (len(self.means_s) + 1 if self.means_s else 0), self.hidden

    def forward(self, statistics: Tensor, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Run over whole streams of described steps from their beginning.

        Args:
            statistics: ``[B, T, 256]``.
            picture: ``[B, T, 64, 25]``.

        Returns:
            mean ``[B, T, 2]`` in -1 to 1, std ``[B, T, 2]`` and the steps' embeddings
            ``[B, T, H]``.
        """
        shape = statistics.shape[:2]
        embedding = self.encoder(statistics.flatten(0, 1), picture.flatten(0, 1))
        embedding = self.drop(embedding.reshape(*shape, -1))
        memory, _ = self.memory(embedding)
        parts = [embedding, memory]
        for time_constant_s in self.means_s:
            weights = running_mean_weights(shape[1], time_constant_s).to(embedding.device)
            parts.append(weights @ embedding)
        mean, std = self.estimate(self.drop(torch.cat(parts, 2)))
        return mean, std, embedding

    def step(self, frames: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Advance streams by one step, to the same estimates as :meth:`forward`.

        Args:
            frames: ``[B, 25, 64]``, level-normalised dB.
            state: ``[L, B, H]``, zeros where the listening begins.

        Returns:
            mean ``[B, 2]``, std ``[B, 2]`` and the next state ``[L, B, H]``.
        """
        embedding = self.encoder(*describe(frames))
        memory, kept = self.memory(embedding[:, None], state[:1])
        parts = [embedding, memory[:, 0]]
        layers = [kept]
        if self.means_s:
            # The count stops growing where no mean looks at it any more.
            count = torch.clamp(state[-1:] + 1.0, max=2.0 * max(self.means_s) / STEP_S)
            for number, time_constant_s in enumerate(self.means_s, 1):
                new = torch.clamp(1.0 / count, min=STEP_S / time_constant_s)
                running = state[number : number + 1]
                running = running + new * (embedding - running)
                parts.append(running[0])
                layers.append(running)
            layers.append(count)
        mean, std = self.estimate(torch.cat(parts, 1))
        return mean, std, torch.cat(layers, 0)

    def estimate(self, joined: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of what embedding and memories say."""
        std = (nn.functional.softplus(self.std(joined)) + MIN_STD) * self.widening
        return torch.tanh(self.mean(joined)), std


def count_parameters(network: nn.Module) -> int:
    """Return the number of trained values."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
