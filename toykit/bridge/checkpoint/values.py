"""What a pickle may describe: the names, storages and tensors of state dicts, as inert values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from toykit.bridge.checkpoint.limits import AXES, CheckpointError, shown


@dataclass(frozen=True, slots=True)
class Global:
    """A name that the pickle refers to; it is compared, never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return shown(f"{self.module}.{self.name}")


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that is no tensor and is not built."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The numbers of one entry `data/key`: `count` of the kind that `kind` names."""

    kind: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class View:
    """A tensor: entry (i_1, .., i_r) is number offset + sum_j i_j strides_j of its storage."""

    storage: Storage
    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]


STORAGES = frozenset(
    f"{kind}Storage" for kind in ("Float Double Half BFloat16 Long Int Short Char Byte Bool ComplexFloat ComplexDouble").split()
)
ORDERED = Global("collections", "OrderedDict")
DEFAULTING = Global("collections", "defaultdict")
TENSOR = Global("torch._utils", "_rebuild_tensor_v2")
PARAMETERS = frozenset({Global("torch._utils", "_rebuild_parameter"), Global("torch._utils", "_rebuild_parameter_with_state")})
INERT = frozenset({
    *(
        Global(module, name)
        for module in ("__builtin__", "builtins")
        for name in ("set", "frozenset", "list", "dict", "int", "float", "complex", "bytearray")
    ),
    *(
        Global(module, name)
        for module in ("numpy.core.multiarray", "numpy._core.multiarray")
        for name in ("scalar", "_reconstruct")
    ),
    *(Global("torch", name) for name in ("Size", "device", "float16", "bfloat16", "float32", "float64", "int64", "bool")),
    Global("_codecs", "encode"),
    Global("argparse", "Namespace"),
    Global("collections", "Counter"),
    *(Global("datetime", name) for name in ("date", "datetime", "timedelta", "timezone")),
    *(Global("numpy", name) for name in ("dtype", "ndarray")),
    *(Global("pathlib", name) for name in ("PosixPath", "WindowsPath")),
    Global("torch.torch_version", "TorchVersion"),
})
"""What training scripts put beside the weights: it is passed over, since a state dict needs none of it."""
LARGEST = 1 << 48
"""Above every size, stride and offset."""


def allowed(module: object, name: object) -> Global:
    """The global of that name, if a state dict has need of it.

    Raises:
        CheckpointError: it has none; the sentence names what was asked for.

    """
    if type(module) is not str or type(name) is not str:
        raise malformed("a global without a name")
    found = Global(module, name)
    known = found in INERT or found in PARAMETERS or found in {ORDERED, DEFAULTING, TENSOR}
    if not known and not (module == "torch" and name in STORAGES):
        raise refused(str(found))
    return found


def storage(given: object) -> Storage:
    """The storage that a persistent reference ("storage", kind, key, device, count) names.

    Raises:
        CheckpointError: it names none.

    """
    match given:
        case ("storage", Global(module="torch", name=kind), str(key), _, int(count)) if kind in STORAGES and count >= 0:
            return Storage(kind, key, count)
    raise malformed("a reference to no storage")


def called(function: object, arguments: object) -> object:
    """What a call stands for: an empty ordered dictionary, a `View`, or an `Opaque`; nothing is called.

    Raises:
        CheckpointError: it stands for none of these.

    """
    if type(function) is not Global or type(arguments) is not tuple:
        raise malformed("a call of no function")
    if function == DEFAULTING or (function == ORDERED and len(arguments) == 0):
        return {}
    if function == TENSOR:
        return _view(arguments)
    if function in PARAMETERS and arguments and type(arguments[0]) is View:
        return arguments[0]
    if function in INERT:
        return Opaque()
    raise refused(f"a call of {function} on other than usual values")


def _view(arguments: tuple[Any, ...]) -> View:
    match arguments:
        case (Storage() as numbers_of, int(offset), tuple(sizes), tuple(strides), _, _, *more):
            numbers = (offset, *sizes, *strides)
            if more and type(more[0]) is dict and more[0]:
                raise refused("a view with attributes, as a conjugated one has")
            plain = all(type(number) is int and 0 <= number < LARGEST for number in numbers)
            if plain and len(sizes) == len(strides) <= AXES and (not more or more in ([None], [{}])):
                return View(numbers_of, offset, sizes, strides)
    raise malformed("a tensor of another form")


def malformed(why: str) -> CheckpointError:
    """The sentence for a damaged pickle."""
    return CheckpointError(f"a checkpoint describes its tensors in a pickle; this one is damaged ({why}); save it anew")


def refused(what: str) -> CheckpointError:
    """The sentence for a pickle that needs code."""
    return CheckpointError(
        f"a checkpoint is read without running anything; this one needs {what[:120]}, which is no plain tensor; "
        "save model.state_dict() alone, best as safetensors"
    )
