"""The live model: a step's frames are described, embedded, and a causal GRU remembers them.

Each call hears 500 ms. The description (:mod:`train.ear`) is fixed before the emotions are
learned.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from realtime_mer.frontend import FRONT_END
from train.ear import Ear
from train.settings import Settings

DIMENSIONS = ("arousal", "valence")
MIN_STD = 0.03  # a band narrower than this would claim more than raters agree on
RATED_SETS = ("emotify", "vgmidi", "grekow", "emomusic")  # those rated in numbers
STEP_S = FRONT_END.frames_per_step / FRONT_END.hops_per_s


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
        - Input: ``[N, size]``, as :class:`~train.ear.Ear` describes them
        - Output: ``[N, hidden]``
    """

    def __init__(self, size: int, wide: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(size, wide)
        self.norm = nn.LayerNorm(wide)
        self.second = nn.Linear(wide, hidden)
        self.drop = Dropout(dropout)

    def forward(self, described: Tensor) -> Tensor:
        hidden = self.drop(nn.functional.gelu(self.norm(self.first(described))))
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
        channels: of the ear's convolutions.
        wide: size of the encoder's first layer.
        hidden: size of embedding and memory.
        dropout: on embedding and memory while training.
        means_s: time constants of the running means in seconds.
        teacher: size of the teacher's embedding, 0 for none.
    """

    widening: Tensor

    def __init__(
        self,
        channels: Sequence[int],
        wide: int,
        hidden: int,
        dropout: float,
        means_s: Sequence[float],
        teacher: int = 0,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.means_s = tuple(means_s)
        self.ear = Ear(channels).requires_grad_(False)
        self.encoder = Encoder(self.ear.size, wide, hidden, dropout)
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

    def forward(self, described: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Run over whole streams of described steps from their beginning.

        Args:
            described: ``[B, T, size]``, by :attr:`ear`.

        Returns:
            mean ``[B, T, 2]`` in -1 to 1, std ``[B, T, 2]`` and the steps' embeddings
            ``[B, T, H]``.
        """
        shape = described.shape[:2]
        embedding = self.encoder(described.flatten(0, 1))
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
        embedding = self.encoder(self.ear(frames))
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
    """Return the number of fitted values, whenever they were fitted."""
    return sum(p.numel() for p in network.parameters())


def build(settings: Settings, teacher: int = 0, number: int = 0) -> MoodNetwork:
    """Return an untrained network, the same for the same seed and number."""
    torch.manual_seed(1_000 * settings.seed + number)
    return MoodNetwork(
        settings.ear,
        settings.wide,
        settings.hidden,
        settings.dropout,
        settings.means_s,
        teacher,
    )
