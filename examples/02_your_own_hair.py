"""A hair style of your own is a text file: this writes one, and a figure that wears it.

Run it in a folder of yours: python 02_your_own_hair.py [FOLDER]
"""

import sys
from pathlib import Path

import fabricate

HAIR = """
name = "spikes"
title = "A row of spikes"
length = "short"
words = ["spikes", "spiky"]

[[shape]]
shape = "capsule"
from = [0, -0.45, 0.80]
to = [0, -0.55, 1.45]
radius = [0.30, 0.08]

[[shape]]
shape = "capsule"
from = [0, 0.25, 0.85]
to = [0, 0.45, 1.50]
radius = [0.34, 0.08]
"""

Path("templates/hair").mkdir(parents=True, exist_ok=True)
Path("templates/hair/spikes.toml").write_text(HAIR, encoding="utf-8")
look = {"hair": {"style": "spikes", "colour": "#3f8f7d"}, "skin": "monk-05"}
folder = sys.argv[1] if len(sys.argv) > 1 else "out/kit"
result = fabricate.make({"subject": {"name": "Kit"}, "likeness": look}, folder)
sys.stdout.write(f"{result.files['preview.png']}\n")
