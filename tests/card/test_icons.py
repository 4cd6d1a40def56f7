"""Accessories that nobody has sculpted: a sign, and a place of their own."""

from __future__ import annotations

import pytest

from fabricate.card.compose import _GAP_MM, _talls
from fabricate.card.icons import PARCEL, sign


@pytest.mark.parametrize(
    ("label", "character"),
    [
        ("trumpet", "\U0001f3ba"),
        ("Red Trumpet", "\U0001f3ba"),
        ("saxophones", "\U0001f3b7"),
        ("magnifying glass", "\U0001f50d"),
        ("car", "\U0001f697"),
        ("flux capacitor", PARCEL),
        ("sewing machine", PARCEL),
        ("+ 3 more", PARCEL),
        ("", PARCEL),
    ],
)
def test_a_sign_shows_the_thing_or_a_parcel(label: str, character: str) -> None:
    assert sign(label) == character


@pytest.mark.parametrize(
    "needs", [[21.0], [44.0, 21.0, 36.0, 21.0], [60.0, 60.0, 60.0], [21.0] * 5, [35.0, 21.0]]
)
def test_compartments_fit_the_stage_and_grow_for_what_is_long(needs: list[float]) -> None:
    talls = _talls(needs, len(needs), 125.0)
    assert sum(talls) + (len(talls) - 1) * _GAP_MM <= 125.0 + 1e-6
    if sum(needs) + (len(needs) - 1) * _GAP_MM <= 125.0:
        assert all(tall >= need - 1e-6 for tall, need in zip(talls, needs, strict=True))
    if max(needs) <= 22:
        assert len(set(talls)) == 1
