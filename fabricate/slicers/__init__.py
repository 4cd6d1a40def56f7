"""What turns a solid into a printer's moves: one file a slicer."""
