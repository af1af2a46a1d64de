"""The network in the form in which it is exported: the same numbers, fewer and larger products.

:class:`~train.network.MoodNetwork` says what is learned; this says it again for a runtime that
takes one step of many streams. Per stream that costs two thirds of the network as it stands:

- Every standardisation of statistics is folded into the weights that follow it.
- Reset and update gate are one product over embedding and memory together, as the exported
  GRU, made for sequences, computes four.
- Both heads are one product, and all running means are moved at once.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, softplus

from realtime_mer.frontend import FRONT_END
from train.ear import pool
from train.network import MIN_STD, STEP_S, MoodNetwork

AGREEMENT = 1e-5
"""By how much the two forms may differ, in estimates and state."""


class OneStep(nn.Module):
    """:meth:`MoodNetwork.step` as a module to export.

    Args:
        network: on the CPU, in evaluation mode; its weights are copied.

    Raises:
        RuntimeError: where the network computes something else than this module knows.

    Shape:
        - Input: frames ``[B, 25, 64]``, state ``[L, B, H]``
        - Output: mean ``[B, D]``, std ``[B, D]``, next state ``[L, B, H]``
    """

    band_scale: Tensor
    band_offset: Tensor
    shares: Tensor
    widening: Tensor

    def __init__(self, network: MoodNetwork) -> None:
        super().__init__()
        encoder = network.encoder
        self.hidden = network.hidden
        self.means = len(network.means_s)
        self.norm = copy.deepcopy(encoder.norm)
        with torch.no_grad():
            self._keep_ear(network)
            self.keep("second", encoder.second.weight, encoder.second.bias)
            self._keep_gates(network.memory)
            heads = [network.mean, network.std]
            self.keep(
                "heads",
                torch.cat([head.weight for head in heads]),
                torch.cat([head.bias for head in heads]),
            )
            self.register_buffer("widening", network.widening.clone())
            self.dimensions = len(network.widening)
            if self.means:
                shares = torch.tensor([STEP_S / seconds for seconds in network.means_s])
                self.register_buffer("shares", shares[:, None, None])
                self.most_steps = 2.0 * max(network.means_s) / STEP_S
        self._compare(network)

    def keep(self, name: str, weight: Tensor, bias: Tensor) -> None:
        """Hold a matrix product's constants as ``NAME_weight`` and ``NAME_bias``."""
        self.register_buffer(f"{name}_weight", weight.detach().clone().contiguous())
        self.register_buffer(f"{name}_bias", bias.detach().clone().contiguous())

    def product(self, name: str, values: Tensor) -> Tensor:
        """Return ``values @ weight.T + bias``."""
        return linear(values, getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias"))

    def _keep_ear(self, network: MoodNetwork) -> None:
        ear = network.ear
        self.register_buffer("band_scale", 1.0 / ear.band_width)
        self.register_buffer("band_offset", -ear.band_centre / ear.band_width)
        self.convolutions = copy.deepcopy(ear.convolutions)
        weight = network.encoder.first.weight.clone()
        size = len(ear.centre)
        weight[:, :size] /= ear.width
        self.keep("first", weight, network.encoder.first.bias - weight[:, :size] @ ear.centre)

    def _keep_gates(self, memory: nn.GRU) -> None:
        # torch keeps reset, update and new, one above the other.
        (weight_in, weight_past, bias_in, bias_past), *_ = memory.all_weights
        both, new = slice(0, 2 * self.hidden), slice(2 * self.hidden, None)
        gates = torch.cat([weight_in[both], weight_past[both]], 1)
        self.keep("gates", gates, bias_in[both] + bias_past[both])
        self.keep("heard", weight_in[new], bias_in[new])
        self.keep("recalled", weight_past[new], bias_past[new])

    def forward(self, frames: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        embedding = self.embed(frames)
        past = state[0]
        gates = torch.sigmoid(self.product("gates", torch.cat([embedding, past], 1)))
        reset, update = torch.split(gates, self.hidden, 1)
        new = self.product("heard", embedding) + reset * self.product("recalled", past)
        new = torch.tanh(new)
        memory = new + update * (past - new)
        joined, layers = [embedding, memory], [memory[None]]
        if self.means:
            count = torch.clamp(state[-1:] + 1.0, max=self.most_steps)
            running = state[1:-1]
            share = torch.maximum(torch.reciprocal(count), self.shares)
            running = running + share * (embedding - running)
            joined += running.unbind(0)
            layers += [running, count]
        values = self.product("heads", torch.cat(joined, 1))
        mean, std = torch.split(values, self.dimensions, 1)
        std = (softplus(std) + MIN_STD) * self.widening
        return torch.tanh(mean), std, torch.cat(layers, 0)

    def embed(self, frames: Tensor) -> Tensor:
        """Embed steps, ``[B, 25, 64]`` to ``[B, hidden]``."""
        mean = frames.mean(1, keepdim=True)
        change, slow = frames[:, 1:] - frames[:, :-1], frames[:, 4:] - frames[:, :-4]
        differences = (frames - mean, change, slow)
        squares = [(each * each).mean(1, keepdim=True) for each in differences]
        # The floor of train.ear.statistics.
        spreads = torch.sqrt(torch.cat(squares, 1) + 0.1)
        seen = (frames * self.band_scale + self.band_offset)[:, None]
        for convolution in self.convolutions:
            seen = torch.relu(convolution(seen))
        bands = torch.cat([mean, spreads], 1).flatten(1)
        described = torch.cat([bands, pool(seen)], 1)
        hidden = gelu(self.norm(self.product("first", described)))
        return gelu(self.product("second", hidden))

    def _compare(self, network: MoodNetwork) -> None:
        """Make sure, on noise, that this is still the network that was fitted."""
        generator = torch.Generator().manual_seed(0)
        layers, size = network.state_shape
        frames = torch.randn(8, FRONT_END.frames_per_step, FRONT_END.bands, generator=generator)
        given = 15.0 * frames - 30.0, torch.rand(layers, 8, size, generator=generator)
        with torch.no_grad():
            pairs = zip(self(*given), network.step(*given), strict=True)
            worst = max(float((ours - theirs).abs().max()) for ours, theirs in pairs)
        if not worst <= AGREEMENT:
            raise RuntimeError(
                f"train/one_step.py and train/network.py differ by {worst:.2g}: "
                "what was changed in the network has to be said there, too"
            )
