"""The language of claims: what it accepts, and what it says of the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.claim_language import parse_claim
from stepviz.lessons.expression import Arithmetic, BoolOp, Comparison, Not, Number, QuantityRef, Timed, measured
from stepviz.lessons.quantities import QUANTITIES, written

LOSS = QuantityRef("loss", (("split", "train"),))
TEST_LOSS = QuantityRef("loss", (("split", "test"),))


def test_a_comparison_with_defaults_filled_in() -> None:
    assert parse_claim("loss < 0.5", Experiment()) == Comparison((LOSS, Number(0.5)), ("<",))
    assert parse_claim("loss(test) ≤ .5", Experiment()) == Comparison((TEST_LOSS, Number(0.5)), ("<=",))
    assert parse_claim("1e-3 != loss(split=test)", Experiment()) == Comparison((Number(1e-3), TEST_LOSS), ("!=",))


def test_a_chain_is_one_comparison() -> None:
    assert parse_claim("0 < loss <= 1", Experiment()) == Comparison((Number(0), LOSS, Number(1)), ("<", "<="))


def test_words_of_time_bind_to_the_comparison_before_them() -> None:
    first, second = Comparison((LOSS, Number(1)), ("<",)), Comparison((TEST_LOSS, Number(2)), (">",))
    found = parse_claim("loss < 1 and loss(test) > 2 within 50 steps", Experiment())
    assert found == BoolOp("and", (first, Timed("within", second, 50)))
    found = parse_claim("(loss < 1 and loss(test) > 2) always", Experiment())
    assert found == Timed("always", BoolOp("and", (first, second)))
    assert parse_claim("not loss < 1 after 3", Experiment()) == Not(Timed("after", first, 3))


def test_or_is_the_weakest() -> None:
    found = parse_claim("step > 1 and step > 2 or step > 3", Experiment())
    assert isinstance(found, BoolOp)
    assert (found.word, len(found.parts)) == ("or", 2)


def test_arithmetic_goes_from_left_to_right_products_first() -> None:
    found = parse_claim("loss at 0 - loss - 2 * 3 > -1", Experiment())
    early = QuantityRef("loss", (("split", "train"),), 0)
    product = Arithmetic("*", Number(2), Number(3))
    left = Arithmetic("-", Arithmetic("-", early, LOSS), product)
    assert found == Comparison((left, Arithmetic("-", Number(0), Number(1))), (">",))


def test_the_step_is_a_quantity_and_a_word() -> None:
    found = parse_claim("step at step 5 == 5 within 7 steps", Experiment())
    assert [item.at for item in measured(found)] == [5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gradint_rms(1) == 0", "column 1: found gradint_rms, expected a quantity; do you mean gradient_rms?"),
        ("loss < 1 and zzzz > 2", "column 14: found zzzz, expected one of step, loss"),
        ("loss(validation) < 1", "found split=validation, expected one of train, test for split"),
        ("loss(layer=1) < 1", "column 6: found layer=1, expected loss(split=train), each argument once"),
        ("loss(test, split=test) < 1", "column 12: found split=test"),
        ("gradient_rms(layer=4) == 0", "found layer 4, but this experiment has 3 layers"),
        ("stuck_share(layer=3) == 0", "found layer 3, but this experiment has 2 hidden layers"),
        ("stuck_share(layer=output) == 0", "expected a hidden layer from 1, or all for layer"),
        ("gradient_rms(layer=1.5) == 0", "expected a layer from 1, or output, or all for layer"),
        ("weight(layer=1, unit=9) > 0", "found unit 9, but layer 1 has 8"),
        ("parameter(layer=1) > 0", "found nothing, expected one of slope"),
        ("loss <", "column 7: found the end, expected"),
        ("loss < 1 1", "column 10: found 1, expected"),
        ("loss & 1", "column 6: found & 1, expected"),
        ("loss", "found loss, expected a condition"),
        ("", "column 1: found the end"),
        ("not loss", "column 5: found loss, expected a comparison"),
        ("(loss < 1) + 1 > 0", "expected a number or a quantity"),
        ("(loss < 1 always) within 3", "expected one word of time"),
        ("loss < 1 within 3.5 steps", "column 17: found 3.5, expected a whole number of steps"),
        ("(1 + 2) at 3 > 1", "expected a quantity before «at»"),
        ("loss < 1 and " * 40, "found 520 characters"),
        ("__import__('os').system('true') < 1", "column 12: found"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_column(text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_claim(text, Experiment(), "holds")
    assert said in str(raised.value)
    assert str(raised.value).startswith("holds")


words = st.sampled_from(
    ["loss", "(", ")", "<", "1", "0.5", "and", "or", "not", "always", "within", "after", "at", "-", "*", "layer", "=",
     ",", "steps", "gradient_rms", "e", "\n", "%", "'", "(((((((", "- - - -"]
)  # fmt: skip


@given(st.one_of(st.lists(words, max_size=40).map(" ".join), st.text(max_size=60)))
def test_any_text_is_a_condition_or_an_input_error(text: str) -> None:
    try:
        found = parse_claim(text, Experiment())
    except InputError:
        return
    assert all(item.name in QUANTITIES for item in measured(found))


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("loss(split=train)", "loss"),
        ("loss(split=test) at 5", "loss(test) at 5"),
        ("gradient_rms(layer=output)", "gradient_rms(layer=output)"),
        ("gradient_rms(all)", "gradient_rms"),
        ("weight(layer=1, unit=2, input=1)", "weight(unit=2)"),
        ("parameter(name=slope, layer=2)", "parameter(slope, layer=2)"),
        ("stuck_count(1, flat) before", "stuck_count(layer=1, flat) before"),
    ],
)
def test_a_quantity_is_shown_as_short_as_one_would_write_it(text: str, short: str) -> None:
    (item,) = measured(parse_claim(f"{text} > 0", Experiment(), before=Experiment()))
    assert written(item) == short
