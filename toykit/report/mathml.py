"""Text with LaTeX between dollar signs as HTML with MathML; what cannot be converted is shown as code."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache

from latex2mathml.converter import convert
from markupsafe import Markup, escape

_TAGS = frozenset(
    "math mrow mi mo mn ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts mprescripts "
    "none mtable mtr mtd mstyle mpadded mphantom menclose merror".split()
)
_ATTRIBUTES = frozenset(
    "display displaystyle scriptlevel stretchy fence form separator symmetric lspace rspace width height depth voffset "
    "minsize maxsize linethickness mathvariant accent accentunder largeop movablelimits columnalign columnspacing rowspacing "
    "columnlines rowlines notation".split()
)
_DOLLARS = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)


def prose(text: str) -> Markup:
    """Text with `$formula$` (inline) and `$$formula$$` (on its own line); everything else is escaped.

    >>> prose("at $t=0$ & <b>")
    Markup('at <math display="inline"><mrow><mi>t</mi><mo>=</mo><mn>0</mn></mrow></math> &amp; &lt;b&gt;')
    """
    parts, end = [], 0
    for found in _DOLLARS.finditer(text):
        parts.append(escape(text[end : found.start()]))
        parts.append(formula(found[1], block=True) if found[1] else formula(found[2]))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


@cache
def formula(latex: str, *, block: bool = False) -> Markup:
    """A LaTeX formula as MathML; the LaTeX itself in a code element where it cannot be converted."""
    try:
        text = convert(latex, display="block" if block else "inline").replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
        tree = ET.fromstring(text)
    except Exception:  # the converter raises its own, unrelated classes, IndexError among them
        return _code(latex)
    if not _harmless(tree):
        return _code(latex)
    _mend(tree)
    return Markup(ET.tostring(tree, encoding="unicode"))


def _harmless(tree: ET.Element) -> bool:
    """Only MathML tags and attributes, and no command left over: the converter neither escapes nor refuses what it meets."""
    return all(
        node.tag in _TAGS and set(node.attrib) <= _ATTRIBUTES and not (node.text or "").startswith("\\") for node in tree.iter()
    )


def _mend(tree: ET.Element) -> None:
    """Primes on the line, since their glyph is raised already, and no space around bars, which are never relations here."""
    for node in tree.iter():
        if node.tag == "msup" and set(node[1].text or "-") <= set("′″‴") and not len(node[1]):
            node.tag, node[1].tag = "mrow", "mo"
            node[1].attrib.update(lspace="0", rspace="0")
        elif node.tag == "mo" and node.text in {"|", "‖"}:
            node.attrib.update(lspace="0", rspace="0")


def _code(latex: str) -> Markup:
    return Markup("<code>{}</code>").format(latex)
