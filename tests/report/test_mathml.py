import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.catalogue import claims
from toykit.report.mathml import _ATTRIBUTES, _TAGS, formula, prose


def test_text_and_formulas() -> None:
    assert prose("at $t=0$") == 'at <math display="inline"><mrow><mi>t</mi><mo>=</mo><mn>0</mn></mrow></math>'
    assert 'display="block"' in prose("$$x$$")


@pytest.mark.parametrize(
    "latex", [r"\frac{1}{", r"\unknown x", r"\href{javascript:alert(1)}{x}", r"\text{<img src=x>}", r"\text{<b>x</b>}"]
)
def test_what_cannot_be_converted_is_shown_as_code(latex: str) -> None:
    assert formula(latex).startswith("<code>")
    assert "<img" not in formula(latex)


@given(st.text(alphabet=st.sampled_from("ab<>&\"'$\\{}_^ \n1=/!-[]"), max_size=30))
def test_nothing_but_mathml_and_code_comes_out(text: str) -> None:
    tree = ET.fromstring(f"<p>{prose(text)}</p>")
    assert all(node.tag in _TAGS | {"p", "code"} and set(node.attrib) <= _ATTRIBUTES for node in tree.iter())


def test_every_formula_of_the_pages_is_converted() -> None:
    for claim in claims():
        for text in (claim.statement, claim.equality, claim.necessity, *claim.traps, *(a.says for a in claim.assumptions)):
            assert "<code>" not in prose(text), text
