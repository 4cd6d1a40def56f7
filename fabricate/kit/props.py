"""Accessories: sculpted solids in millimetres with a grip point, held in the hand or standing alone."""
from __future__ import annotations
def in_hand(name, s, thin): return {}
def colours(name): return {}
