"""``python -m fabricate.solid.scenes [FOLDER]``: sculpt our scenery anew, into meshes/bases by default."""

from __future__ import annotations

import sys
from pathlib import Path

from fabricate.resources import packaged
from fabricate.solid.scenes import write_scenes

if __name__ == "__main__":
    write_scenes(Path(sys.argv[1]) if len(sys.argv) > 1 else packaged() / "meshes" / "bases")
