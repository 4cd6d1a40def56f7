"""A figure from a sentence: no photo, no network. Run it: python examples/01_from_words.py [FOLDER]"""

import sys

import fabricate

folder = sys.argv[1] if len(sys.argv) > 1 else "out/maya"
result = fabricate.make(
    {
        "subject": {
            "name": "Maya",
            "title": "Ceramics teacher",
            "describe": "red hair in a bun, round glasses, green dungarees over a striped shirt",
            "accessories": ["mug"],
        },
        "likeness": {"skin": "monk-04"},
        "stylize": {"pose": "wave", "seed": 7},
    },
    folder,
    listener=lambda event: sys.stderr.write(f"{event.message}\n") if event.kind == "note" else None,
)
sys.stdout.write(f"{result.files['figure.stl']}: {'prints' if result.printable else 'does not print'}\n")
