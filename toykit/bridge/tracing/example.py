"""What a forward pass is called with: one tensor, several in their order, or tensors by the names of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor

from toykit.errors import InputError

Example = Tensor | Sequence[Tensor] | Mapping[str, Tensor]
"""Arguments that are left out keep the defaults of the forward pass, and those are what is traced."""


def arguments(example: Example, change: Callable[[Tensor], Tensor]) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
    """The tensors by position and by name, each changed.

    Raises:
        InputError: one of them is no tensor.

    """
    if isinstance(example, Tensor):
        example = (example,)
    parts = list(example.values()) if isinstance(example, Mapping) else list(example)
    if not all(isinstance(part, Tensor) for part in parts):
        raise InputError(
            f"examples are tensors; got {', '.join(type(part).__name__ for part in parts)}; use torch.as_tensor, or a mapping "
            "from the names of arguments to tensors"
        )
    if isinstance(example, Mapping):
        return (), {name: change(part) for name, part in example.items()}
    return tuple(map(change, parts)), {}
