"""The exported form of the network computes what the fitted one does."""

from __future__ import annotations

import pytest
import torch

from train.network import MoodNetwork
from train.one_step import OneStep


def network(hidden: int, channels: tuple[int, ...], means_s: tuple[float, ...]) -> MoodNetwork:
    """Return a network with drawn weights and standardisation."""
    torch.manual_seed(hidden)
    made = MoodNetwork(channels, 3 * hidden // 2, hidden, 0.3, means_s).eval()
    for name, value in made.ear.named_buffers():
        value.copy_(0.5 + torch.rand_like(value) if "width" in name else torch.randn_like(value))
    made.widening.copy_(torch.tensor([1.3, 0.8]))
    return made


@pytest.mark.parametrize(
    ("hidden", "channels", "means_s"),
    [
        (128, (12, 24, 48, 128), (4.0, 30.0)),
        (16, (2, 4, 8, 8), ()),
        (24, (3, 3, 5, 4), (2.0,)),
        (8, (4, 4, 4, 8), (1.0, 4.0, 30.0)),
    ],
)
def test_both_forms_agree_over_a_stream(
    hidden: int, channels: tuple[int, ...], means_s: tuple[float, ...]
) -> None:
    """Whatever its sizes and memories, forty steps of five streams differ by at most 1e-5."""
    fitted = network(hidden, channels, means_s)
    exported = OneStep(fitted)
    layers, size = fitted.state_shape
    ours = theirs = torch.zeros(layers, 5, size)
    worst = 0.0
    with torch.no_grad():
        for step in range(40):
            frames = torch.randn(5, 25, 64) * (1 + step % 7) ** 2 - 30.0
            mean, std, ours = exported(frames, ours)
            expected = fitted.step(frames, theirs)
            theirs = expected[2]
            for given, wanted in zip((mean, std, ours), expected, strict=True):
                worst = max(worst, float((given - wanted).abs().max()))
    print(f"largest difference: {worst:.2g}")
    assert worst <= 1e-5


def test_weights_are_copied() -> None:
    """Whoever goes on fitting the network does not change what was taken from it."""
    fitted = network(16, (4, 4, 8, 8), (4.0,))
    exported = OneStep(fitted)
    frames, state = torch.randn(1, 25, 64), torch.zeros(3, 1, 16)
    before = exported(frames, state)[0]
    with torch.no_grad():
        for value in fitted.parameters():
            value.mul_(2.0)
    assert torch.equal(exported(frames, state)[0], before)


def test_network_that_was_changed_is_refused() -> None:
    """A network that computes something else cannot be exported as if it did not."""

    class Louder(MoodNetwork):
        def step(self, frames, state):
            return super().step(frames + 1.0, state)

    with pytest.raises(RuntimeError, match="differ by"):
        OneStep(Louder((4, 4, 8, 8), 24, 16, 0.0, (4.0,)).eval())
