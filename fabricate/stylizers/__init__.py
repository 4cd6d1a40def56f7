"""Where each kind of front view comes from: one file a backend."""
