"""The language of claims: text in, a checked tree out. Nothing in it is ever run as code."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, Any

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.expression import (
    Argument,
    Arithmetic,
    BoolOp,
    Comparison,
    Condition,
    Node,
    Not,
    Number,
    QuantityRef,
    Timed,
    children,
)
from stepviz.lessons.quantities import QUANTITIES
from stepviz.lessons.quantity import Quantity, wrong_place

if TYPE_CHECKING:
    from lark import Lark

LONGEST = 300
# Words of time bind to the comparison (or the bracket) before them: «not», «and» and «or» are weaker.
GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction ("or" conjunction)*
?conjunction: negation ("and" negation)*
?negation: "not" negation -> negation
    | timed
?timed: comparison
    | comparison "always" -> always
    | comparison "within" NUMBER _STEPS? -> within
    | comparison "after" NUMBER _STEPS? -> after
?comparison: sum (COMPARE sum)*
?sum: product (SIGN product)*
?product: signed (FACTOR signed)*
?signed: SIGN signed -> minus
    | moment
?moment: atom
    | atom "at" "step"? NUMBER -> at
    | atom "before" -> before
?atom: NUMBER -> number
    | NAME -> bare
    | NAME "(" (argument ("," argument)*)? ")" -> call
    | "(" disjunction ")" -> bracket
argument: NAME "=" value -> named
    | value -> positional
value: NAME | NUMBER | SIGN NUMBER

COMPARE: "<=" | ">=" | "==" | "!=" | "<" | ">" | "≤" | "≥" | "≠"
SIGN: "+" | "-" | "−"
FACTOR: "*" | "/"
NAME: /[A-Za-z_][A-Za-z_0-9-]*/
NUMBER: /(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/
_STEPS: "steps" | "step"
%ignore /[ \t\r\n]+/
"""
_PLAIN = {"≤": "<=", "≥": ">=", "≠": "!=", "−": "-"}
_EXPECTED = {
    "NAME": "a quantity", "NUMBER": "a number", "COMPARE": "a comparison", "SIGN": "+ or −", "FACTOR": "* or /",
    "LPAR": "(", "RPAR": ")", "$END": "the end", "EQUAL": "=", "COMMA": "a comma",
}  # fmt: skip


def parse_claim(text: str, experiment: Experiment, field: str = "claim", before: Experiment | None = None) -> Condition:
    """Return the tree of a condition on runs of ``experiment``; ``before`` is that of the scene before, if any.

    Raises InputError naming the field, the column, what stands there, and what may.
    """
    import lark

    if len(text) > LONGEST:
        raise InputError(field, f"{len(text)} characters", f"a condition of at most {LONGEST}")
    try:
        tree = _parser().parse(text)
        node = _Builder(experiment, before, field, text).build(tree)
    except lark.exceptions.UnexpectedInput as error:
        raise _unexpected(error, text, field) from None
    except RecursionError:
        raise InputError(field, "brackets nested too deep", "a shorter condition") from None
    if not isinstance(node, Comparison | Not | BoolOp | Timed):
        raise InputError(field, text, "a condition, for example loss(test) < 0.05")
    return node


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _unexpected(error: Any, text: str, field: str) -> InputError:
    column = max(1, min(getattr(error, "column", 1) or 1, len(text) + 1))
    names = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
    ended = getattr(getattr(error, "token", None), "type", "") == "$END"
    position = len(text) if ended else (getattr(error, "pos_in_stream", None) or 0)
    found = "the end" if ended else text[position : position + 12]
    expected = ", ".join(sorted({_EXPECTED.get(name, name.lower().lstrip("_")) for name in names})) or "something else"
    return InputError(f"{field}, column {len(text) + 1 if ended else column}", found, expected)


class _Builder:
    """Turns the parser's tree into ours, and complains with the column."""

    def __init__(self, experiment: Experiment, before: Experiment | None, field: str, text: str) -> None:
        self.experiment = experiment
        self.experiment_before = before
        self.field = field
        self.text = text

    def build(self, tree: Any) -> Node:
        method = getattr(self, f"_{tree.data}")
        node: Node = method(tree)
        return node

    # Conditions

    def _disjunction(self, tree: Any) -> Node:
        return BoolOp("or", tuple(self._condition(child) for child in tree.children))

    def _conjunction(self, tree: Any) -> Node:
        return BoolOp("and", tuple(self._condition(child) for child in tree.children))

    def _negation(self, tree: Any) -> Node:
        return Not(self._condition(tree.children[0]))

    def _always(self, tree: Any) -> Node:
        return Timed("always", self._timeless(tree.children[0]))

    def _within(self, tree: Any) -> Node:
        return Timed("within", self._timeless(tree.children[0]), self._steps(tree.children[1]))

    def _after(self, tree: Any) -> Node:
        return Timed("after", self._timeless(tree.children[0]), self._steps(tree.children[1]))

    def _comparison(self, tree: Any) -> Node:
        sides = tuple(self._numeric(child) for child in tree.children[::2])
        signs = tuple(_PLAIN.get(str(sign), str(sign)) for sign in tree.children[1::2])
        return Comparison(sides, signs)

    def _bracket(self, tree: Any) -> Node:
        return self.build(tree.children[0])

    # Numbers

    def _sum(self, tree: Any) -> Node:
        result = self._numeric(tree.children[0])
        for sign, child in zip(tree.children[1::2], tree.children[2::2], strict=True):
            result = Arithmetic(_PLAIN.get(str(sign), str(sign)), result, self._numeric(child))
        return result

    _product = _sum

    def _minus(self, tree: Any) -> Node:
        sign, inner = str(tree.children[0]), self._numeric(tree.children[1])
        return inner if sign == "+" else Arithmetic("-", Number(0.0), inner)

    def _at(self, tree: Any) -> Node:
        atom = self.build(tree.children[0])
        if not isinstance(atom, QuantityRef):
            raise self._complaint(tree, self._text_of(tree), "a quantity before «at»")
        return QuantityRef(atom.name, atom.arguments, self._steps(tree.children[1]))

    def _before(self, tree: Any) -> Node:
        if self.experiment_before is None:
            raise self._complaint(tree, self._text_of(tree), "a scene before this one")
        present, self.experiment = self.experiment, self.experiment_before
        atom = self.build(tree.children[0])
        self.experiment = present
        if not isinstance(atom, QuantityRef):
            raise self._complaint(tree, self._text_of(tree), "a quantity before «before»")
        return QuantityRef(atom.name, atom.arguments, before=True)

    def _number(self, tree: Any) -> Node:
        return Number(float(tree.children[0]))

    def _bare(self, tree: Any) -> Node:
        return self._quantity(tree, [])

    def _call(self, tree: Any) -> Node:
        return self._quantity(tree, tree.children[1:])

    def _quantity(self, tree: Any, given: list[Any]) -> Node:
        name = str(tree.children[0])
        quantity = QUANTITIES.get(name)
        if quantity is None:
            near = difflib.get_close_matches(name, QUANTITIES, n=1, cutoff=0.4)
            hint = f"a quantity; do you mean {near[0]}?" if near else "one of " + ", ".join(QUANTITIES)
            raise self._complaint(tree, name, hint)
        arguments = self._arguments(quantity, given, tree)
        wrong = wrong_place(arguments, self.experiment, {item.name: item.kind for item in quantity.parameters})
        if wrong:
            raise self._complaint(tree, wrong, "one that exists")
        return QuantityRef(name, tuple((key, arguments[key]) for key in arguments))

    def _arguments(self, quantity: Quantity, given: list[Any], tree: Any) -> dict[str, Argument]:
        names = [parameter.name for parameter in quantity.parameters]
        found: dict[str, Argument] = {}
        for place, child in enumerate(given):
            if child.data == "named":
                name, value = str(child.children[0]), child.children[1]
            else:
                name, value = names[place] if place < len(names) else "", child.children[0]
            if name not in names or name in found:
                raise self._complaint(child, self._text_of(child), f"{quantity.form}, each argument once")
            found[name] = self._value(value)
        for parameter in quantity.parameters:
            value = found.get(parameter.name, parameter.default)
            if value is None or not parameter.accepts(value):
                where = next((child for child in given if self._text_of(child).startswith(parameter.name)), tree)
                found_text = "nothing" if value is None else f"{parameter.name}={value}"
                raise self._complaint(where, found_text, f"{parameter.meaning()} for {parameter.name}")
            found[parameter.name] = value
        return {name: found[name] for name in names}

    def _value(self, tree: Any) -> Argument:
        if len(tree.children) == 2:
            return float(tree.children[1]) * (1.0 if str(tree.children[0]) == "+" else -1.0)
        token = tree.children[0]
        return float(token) if token.type == "NUMBER" else str(token)

    # What may stand where

    def _condition(self, tree: Any) -> Condition:
        node = self.build(tree)
        if isinstance(node, Comparison | Not | BoolOp | Timed):
            return node
        raise self._complaint(tree, self._text_of(tree), "a comparison")

    def _timeless(self, tree: Any) -> Condition:
        node = self._condition(tree)
        if _has_time(node):
            raise self._complaint(tree, self._text_of(tree), "one word of time for a condition")
        return node

    def _numeric(self, tree: Any) -> Number | QuantityRef | Arithmetic:
        node = self.build(tree)
        if isinstance(node, Number | QuantityRef | Arithmetic):
            return node
        raise self._complaint(tree, self._text_of(tree), "a number or a quantity")

    def _steps(self, token: Any) -> int:
        if not (str(token).isdecimal() and len(str(token)) < 9):
            raise InputError(f"{self.field}, column {token.column}", str(token), "a whole number of steps")
        return int(token)

    def _text_of(self, tree: Any) -> str:
        return self.text[tree.meta.start_pos : tree.meta.end_pos]

    def _complaint(self, tree: Any, found: str, expected: str) -> InputError:
        return InputError(f"{self.field}, column {getattr(tree.meta, 'column', 1)}", found, expected)


def _has_time(node: Node) -> bool:
    return isinstance(node, Timed) or any(_has_time(child) for child in children(node))
