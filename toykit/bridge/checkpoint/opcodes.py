"""The pickle inside a torch archive read as a description: nothing is imported, called or built, whatever it says.

Unpickling runs a small program that may call any function. This interpreter knows the instructions that a state dict
needs; a global is a pair of names that is looked up in a table, a call is a tensor, an ordered dictionary or an inert
`Opaque`, and everything else is refused.
"""

from __future__ import annotations

import pickletools
import struct
from typing import Any

from toykit.bridge.checkpoint.limits import INSTRUCTIONS, CheckpointError
from toykit.bridge.checkpoint.values import Opaque, allowed, called, malformed, refused, storage

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
TEXT = frozenset({"BINUNICODE", "SHORT_BINUNICODE"})
NUMBERS = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"})
BYTES = frozenset({"BINBYTES", "SHORT_BINBYTES"})
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
MARK = Opaque()


def interpreted(pickled: bytes) -> Any:
    """The value that a pickle describes: dictionaries, lists, tuples, text, numbers, `View`s, and `Opaque` for the rest.

    Raises:
        CheckpointError: the pickle is damaged, too long, or asks for anything that a state dict has no need of.

    """
    machine = _Machine()
    try:
        for count, (instruction, argument, _) in enumerate(pickletools.genops(pickled)):
            if count == INSTRUCTIONS:
                raise CheckpointError(f"a checkpoint has at most {INSTRUCTIONS} instructions; this one has more; split it")
            if instruction.name == "STOP":
                found = machine.pop()
                if machine.stack:
                    raise malformed("something is left at the end")
                return found
            machine.step(instruction.name, argument)
    except (ValueError, IndexError, KeyError, OverflowError, struct.error) as error:
        if isinstance(error, CheckpointError):
            raise
        raise malformed(f"{type(error).__name__}") from error
    raise malformed("it does not end")


class _Machine:
    """The stack and the memo of the interpreter."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def pop(self) -> Any:
        """The value on top, taken away."""
        self.top()
        return self.stack.pop()

    def top(self) -> Any:
        """The value on top."""
        if not self.stack or self.stack[-1] is MARK:
            raise malformed("a value is missing")
        return self.stack[-1]

    def above_mark(self) -> list[Any]:
        """The values above the last mark, taken away with it."""
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] is MARK:
                found = self.stack[index + 1 :]
                del self.stack[index:]
                return found
        raise malformed("a mark is missing")

    def step(self, name: str, argument: Any) -> None:
        """Follow one instruction."""
        push = self.stack.append
        match name:
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                push(MARK)
            case "EMPTY_DICT":
                push({})
            case "EMPTY_LIST":
                push([])
            case "EMPTY_SET":
                push(Opaque())
            case "FROZENSET":
                self.above_mark()
                push(Opaque())
            case "TUPLE":
                push(tuple(self.above_mark()))
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = self.top()
            case "MEMOIZE":
                self.memo[len(self.memo)] = self.top()
            case "BINGET" | "LONG_BINGET":
                push(self.memo[argument])
            case "GLOBAL":
                push(allowed(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                name, module = self.pop(), self.pop()
                push(allowed(module, name))
            case "BINPERSID":
                push(storage(self.pop()))
            case "REDUCE" | "NEWOBJ":
                arguments, function = self.pop(), self.pop()
                push(called(function, arguments))
            case "BUILD":
                self.pop()
                if type(self.top()) not in {dict, Opaque}:
                    raise refused("a tensor with attributes of its own")
            case "SETITEMS" | "SETITEM":
                items = self.above_mark() if name == "SETITEMS" else [self.pop(), self.pop()][::-1]
                self._set(items)
            case "APPENDS" | "APPEND" | "ADDITEMS":
                added, onto = [self.pop()] if name == "APPEND" else self.above_mark(), self.top()
                if type(onto) is list:
                    onto.extend(added)
                elif type(onto) is not Opaque:
                    raise malformed("values are added to what is no list")
            case _ if name in CONSTANTS:
                push(CONSTANTS[name])
            case _ if name in TUPLES:
                push(tuple([self.pop() for _ in range(TUPLES[name])][::-1]))
            case _ if name in TEXT or name in NUMBERS:
                push(argument)
            case _ if name in BYTES:
                push(Opaque())
            case _:
                raise refused(f"the instruction {name}")

    def _set(self, items: list[Any]) -> None:
        onto = self.top()
        if type(onto) is Opaque:
            return
        if type(onto) is not dict or len(items) % 2:
            raise malformed("entries are set in what is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) is str:  # others are no names of tensors; a file may choose numbers, or tuples, that are slow to hash
                onto[key] = value
