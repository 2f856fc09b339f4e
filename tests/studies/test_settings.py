"""What a person writes for a setting of a study."""

from __future__ import annotations

import pytest

from stepviz.engine.common.errors import InputError
from stepviz.studies.settings import Setting, number, whole

ONE = number("rate", "a rate", (0.1,), 0.0, 1.0, many=False)
SEVERAL = number("rates", "rates", (0.1,), 0.0, 10.0)
WIDTHS = whole("width", "units", (2,), 1, 2000)


@pytest.mark.parametrize(
    ("setting", "text", "values"),
    [
        (ONE, "0,05", (0.05,)),
        (ONE, "5e-2", (0.05,)),
        (ONE, ".5", (0.5,)),
        (SEVERAL, "0.01, .1,+2", (0.01, 0.1, 2.0)),
        (SEVERAL, "0,01; 0,1", (0.01, 0.1)),
        (WIDTHS, "2, 3,1 000", (2, 3, 1000)),
    ],
)
def test_numbers_are_read_as_everywhere(setting: Setting, text: str, values: tuple[float, ...]) -> None:
    assert setting.check(setting.parse(text)) == values


@pytest.mark.parametrize(
    ("setting", "text"), [(SEVERAL, "0,05"), (SEVERAL, "1_0"), (SEVERAL, "11"), (WIDTHS, "2.5"), (ONE, "nan")]
)
def test_what_is_none_is_refused_with_the_range(setting: Setting, text: str) -> None:
    with pytest.raises(InputError, match="from "):
        setting.check(setting.parse(text))
