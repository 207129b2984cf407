"""Small transformers in plain torch, as a user writes them: for images, and for the next word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.seeds import seed as stable_seed


@contextmanager
def _drawn(name: str, seed: int) -> Iterator[None]:
    """First weights from a seed of their own; the global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stable_seed(name, seed))
        yield


def _small(*shape: int) -> nn.Parameter:
    return nn.Parameter(nn.init.normal_(torch.empty(shape), std=0.02))


class Attention(nn.Module):
    """Multi-head attention with one packed projection to queries, keys and values."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """x (n, tokens, width) -> the same shape."""
        parts = self.qkv(x).chunk(3, dim=-1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        found: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return found


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)): the residual stream keeps its axis through all blocks."""

    def __init__(self, width: int, heads: int, hidden: int, causal: bool) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads, causal)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, tokens, width) -> the same shape."""
        x = x + self.attention(self.norm1(x))
        found: Tensor = x + self.mlp(self.norm2(x))
        return found


class VisionTransformer(nn.Module):
    """Patches by a convolution, a class token, learned positions, blocks, and a dense layer on the class token."""

    def __init__(
        self, width: int, heads: int, hidden: int, depth: int, patch: int, size: int, channels: int, classes: int
    ) -> None:
        super().__init__()
        self.patches = nn.Conv2d(channels, width, patch, stride=patch)
        self.token = _small(1, 1, width)
        self.positions = _small(1, (size // patch) ** 2 + 1, width)
        self.blocks = nn.Sequential(*(Block(width, heads, hidden, causal=False) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (n, channels, size, size) -> logits (n, classes)."""
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], dim=1) + self.positions
        found: Tensor = self.head(self.norm(self.blocks(tokens))[:, 0])
        return found


class LanguageModel(nn.Module):
    """Next-token logits of a causal transformer whose read-out is the embedding itself (weight tying)."""

    def __init__(self, words: int, width: int, heads: int, hidden: int, depth: int, length: int) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(words, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads, hidden, causal=True) for _ in range(depth)))
        self.norm, self.readout = nn.LayerNorm(width), nn.Linear(width, words, bias=False)
        self.readout.weight = self.words.weight

    def forward(self, words: Tensor) -> Tensor:
        """Words (n, tokens) as whole numbers -> logits (n, tokens, words)."""
        places = torch.arange(words.shape[1], device=words.device)
        found: Tensor = self.readout(self.norm(self.blocks(self.words(words) + self.positions(places))))
        return found


def vision_transformer(
    width: int = 32,
    heads: int = 4,
    hidden: int = 64,
    depth: int = 2,
    patch: int = 4,
    size: int = 16,
    channels: int = 3,
    classes: int = 10,
    seed: int = 0,
) -> VisionTransformer:
    """A vision transformer for images (channels, size, size)."""
    with _drawn("vision transformer", seed):
        return VisionTransformer(width, heads, hidden, depth, patch, size, channels, classes)


def language_model(
    words: int = 50, width: int = 32, heads: int = 4, hidden: int = 64, depth: int = 2, length: int = 16, seed: int = 0
) -> LanguageModel:
    """A causal language model over `words` words and up to `length` tokens."""
    with _drawn("language model", seed):
        return LanguageModel(words, width, heads, hidden, depth, length)
