"""Decision procedures for the steps of a derivation: each answers with a `Ruling` and never guesses."""

from theory.procedures.ruling import Ruling

__all__ = ["Ruling"]
