"""From a front view to a solid: one file a backend."""
