"""The ready-made TRELLIS.2 workflow: every wire fits, and it runs through the protocol to a figure."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from fabricate.artifacts import View
from fabricate.backends import Job
from fabricate.events import silent
from fabricate.lifters.comfyui import ComfyUILifter
from fabricate.remote import workflows
from fabricate.remote.comfyui import filled, read_workflow
from tests.remote import servers
from tests.remote.servers import Comfy, serving

NODES = {
    "LoadImage": ("", "image mask"),
    "InvertMask": ("mask:mask", "mask"),
    "ImageCropToMask": ("images:image masks:mask", "image box size"),
    "CLIPVisionLoader": ("", "eye"),
    "Trellis2Conditioning": ("clip_vision_model:eye image:image", "words words"),
    "UNETLoader": ("", "model"),
    "VAELoader": ("", "vae"),
    "CFGOverride": ("model:model", "model"),
    "RescaleCFG": ("model:model", "model"),
    "ModelSamplingSD3": ("model:model", "model"),
    "EmptyTrellis2LatentStructure": ("", "latent"),
    "KSampler": ("model:model positive:words negative:words latent_image:latent", "latent"),
    "VaeDecodeStructureTrellis2": ("samples:latent vae:vae", "voxel"),
    "Trellis2ShapeStage": ("positive:words negative:words voxel:voxel", "words words latent"),
    "Trellis2UpsampleStage": (
        "positive:words negative:words shape_latent:latent vae:vae",
        "words words latent",
    ),
    "VaeDecodeShapeTrellis": ("samples:latent vae:vae", "mesh levels"),
    "Trellis2TextureStage": ("positive:words negative:words shape_latent:latent", "words words latent"),
    "VaeDecodeTextureTrellis": ("samples:latent vae:vae shape_subdivides:levels", "voxel"),
    "DecimateMesh": ("mesh:mesh", "mesh"),
    "PaintMesh": ("mesh:mesh voxel_colors:voxel", "mesh"),
    "SaveGLB": ("mesh:mesh", ""),
}
"""What each node of ComfyUI takes from others, by kind, and gives."""


@pytest.fixture
def nodes():
    return read_workflow(workflows.find("trellis2"))


def test_every_wire_brings_the_kind_that_its_node_takes(nodes):
    assert {node["class_type"] for node in nodes.values()} == NODES.keys()
    for node in nodes.values():
        takes = dict(pair.split(":") for pair in NODES[node["class_type"]][0].split())
        wires = {name: value for name, value in node["inputs"].items() if isinstance(value, list)}
        gives = {name: NODES[nodes[at]["class_type"]][1].split()[slot] for name, (at, slot) in wires.items()}
        assert gives == takes


def test_every_node_leads_to_the_mesh_that_is_saved(nodes):
    used, todo = set(), [number for number, node in nodes.items() if node["class_type"] == "SaveGLB"]
    assert len(todo) == 1
    while todo:
        number = todo.pop()
        used.add(number)
        todo += [value[0] for value in nodes[number]["inputs"].values() if isinstance(value, list)]
    assert used == nodes.keys()


def test_one_seed_goes_to_all_four_samplers(nodes):
    made = filled(nodes, {"image": "a.png", "seed": 31})
    assert [n["inputs"]["seed"] for n in made.values() if n["class_type"] == "KSampler"] == [31] * 4


def test_it_runs_through_the_protocol_to_a_figure_of_unit_height(monkeypatch):
    monkeypatch.setattr(servers, "NODES", tuple(NODES))
    comfy = Comfy()
    with serving(comfy.app()) as address:
        options = ComfyUILifter.Options(server=address, workflow="trellis2", seed=9)
        view = View(Image.new("RGBA", (8, 16), (255, 0, 0, 128)), "picture")
        mesh = ComfyUILifter().lift(view, Job(options, 90.0), silent()).parts["figure"]
    assert mesh.bounds[:, 2] == pytest.approx([0, 1], abs=1e-6)
    # the workflow cuts the figure out by its alpha
    assert Image.open(io.BytesIO(comfy.uploads[0])).getpixel((0, 0))[3] == 128
    assert comfy.prompts[0]["14"]["inputs"]["seed"] == 9
