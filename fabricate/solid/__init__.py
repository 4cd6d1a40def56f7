"""Pure functions on solids: colour, booleans, GLB, base, print gate, exports."""
