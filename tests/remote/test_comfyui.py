"""ComfyUI's protocol against a small real server (a stand-in): done, refused, failed, away, stopped."""

from __future__ import annotations

import json
import socket

import pytest
from PIL import Image

from fabricate.artifacts import View
from fabricate.backends import Job
from fabricate.errors import BackendError
from fabricate.events import Progress, silent
from fabricate.lifters.comfyui import ComfyUILifter
from fabricate.remote import workflows
from fabricate.remote.comfyui import Work, filled, read_workflow, run
from fabricate.remote.server import Server
from tests.remote.servers import GLB, Comfy, serving

WORKFLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "%image%"}},
    "2": {"class_type": "KSampler", "inputs": {"seed": "%seed%", "steps": 5, "image": ["1", 0]}},
    "3": {"class_type": "SaveGLB", "inputs": {"mesh": ["2", 0], "filename_prefix": "fabricate-%seed%"}},
}


def asked(address, workflow=WORKFLOW, progress=None, **more):
    server = Server(address, "ComfyUI", "lift.server", 5.0, lambda _s: None)
    work = Work(workflow, {"image": b"\x89PNG picture"}, {"seed": 11}, **more)
    return run(server, work, (".glb",), progress or silent())


def test_a_picture_goes_up_and_a_mesh_comes_back_with_progress():
    comfy, heard = Comfy(), []
    with serving(comfy.app()) as address:
        name, data = asked(address, progress=Progress("lift", heard.append))
    assert (name, data) == ("figure_00001_.glb", GLB)
    assert comfy.uploads == [b"\x89PNG picture"]
    nodes = comfy.prompts[0]
    assert nodes["1"]["inputs"]["image"].startswith("fabricate-image-")
    assert nodes["2"]["inputs"] == {"seed": 11, "steps": 5, "image": ["1", 0]}
    assert nodes["3"]["inputs"]["filename_prefix"] == "fabricate-11"
    assert comfy.interrupts == 0
    told = [event.message for event in heard]
    assert "ComfyUI: step 2 of 2" in told
    fractions = [event.fraction for event in heard if event.fraction is not None]
    assert fractions == sorted(fractions)


@pytest.mark.parametrize("mode", ["no-socket", "breaks", "busy"])
def test_it_gets_there_without_the_websocket_and_through_a_slow_start(mode):
    comfy = Comfy(mode)
    with serving(comfy.app()) as address:
        assert asked(address)[1] == GLB
    assert len(comfy.prompts) == 1


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("fails", "node 2 .KSampler.: CUDA out of memory"),
        ("refuses", "node 2 .KSampler. .* Value not in list ckpt_name"),
        ("html", "not JSON: <html>a router"),
    ],
)
def test_what_goes_wrong_there_is_told_in_two_lines(mode, words):
    with serving(Comfy(mode).app()) as address, pytest.raises(BackendError, match=words) as caught:
        asked(address)
    assert caught.value.hint


def test_a_job_that_never_ends_is_given_up_and_interrupted():
    comfy = Comfy("hangs")
    with serving(comfy.app()) as address, pytest.raises(BackendError, match="not done within"):
        asked(address, wait_s=0.5)
    assert comfy.interrupts == 2


def test_stopping_it_here_stops_it_there():
    comfy = Comfy("hangs")

    def stop(event):
        if comfy.prompts:
            raise KeyboardInterrupt

    comfy.work = lambda number: _executing_for_ever(comfy, number)  # type: ignore[method-assign]
    with serving(comfy.app()) as address, pytest.raises(KeyboardInterrupt):
        asked(address, progress=Progress("lift", stop))
    assert comfy.interrupts == 2


async def _executing_for_ever(comfy, number):
    for each in comfy.sockets:
        await each.send_json({"type": "executing", "data": {"node": "1", "prompt_id": number}})


def test_a_server_that_is_not_there_is_named_with_its_key():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(BackendError, match=f"ComfyUI at http://127.0.0.1:{port} cannot be reached") as caught:
        asked(f"http://127.0.0.1:{port}")
    assert "lift.server" in caught.value.hint
    with pytest.raises(BackendError, match="no address"):
        asked("nonsense")


def test_nodes_that_are_not_installed_are_named_before_anything_runs():
    comfy = Comfy()
    workflow = {**WORKFLOW, "9": {"class_type": "Trellis2Decode", "inputs": {}}}
    with serving(comfy.app()) as address, pytest.raises(BackendError, match="Trellis2Decode"):
        asked(address, workflow)
    assert not comfy.prompts


def test_a_workflow_without_a_mark_takes_the_picture_in_its_only_loader():
    plain = {"1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}}
    assert filled(plain, {"image": "a.png", "seed": 1})["1"]["inputs"]["image"] == "a.png"
    assert plain["1"]["inputs"]["image"] == "example.png"
    with pytest.raises(BackendError, match="2 LoadImage nodes"):
        filled({**plain, "2": plain["1"]}, {"image": "a.png"})


def test_a_workflow_that_is_not_in_api_form_says_how_to_export_it(tmp_path):
    path = tmp_path / "w.json"
    for text, words in (("{", "not JSON"), ('{"nodes": []}', "API form"), ("[]", "API form")):
        path.write_text(text)
        with pytest.raises(BackendError, match=words):
            read_workflow(path)
    path.write_text(json.dumps({"prompt": WORKFLOW}))
    assert read_workflow(path) == WORKFLOW


@pytest.mark.parametrize("name", workflows.names())
def test_every_ready_made_workflow_takes_a_picture_and_saves_a_mesh(name):
    nodes = read_workflow(workflows.find(name))
    made = filled(nodes, {"image": "a.png", "seed": 3})
    assert "%" not in json.dumps(made)
    kinds = {node["class_type"] for node in made.values()}
    assert {"LoadImage", "SaveGLB"} <= kinds
    for node in made.values():
        for value in node["inputs"].values():
            if isinstance(value, list):
                assert value[0] in made


def test_the_lifter_gives_a_figure_of_unit_height(tmp_path):
    path = tmp_path / "w.json"
    path.write_text(json.dumps(WORKFLOW))
    with serving(Comfy().app()) as address:
        lifted = ComfyUILifter().lift(
            View(Image.new("RGBA", (8, 16), "red"), "picture"),
            Job(ComfyUILifter.Options(server=address, workflow=str(path)), 90.0),
            silent(),
        )
    mesh = lifted.parts["figure"]
    assert mesh.bounds[:, 2] == pytest.approx([0, 1], abs=1e-6)
    assert mesh.is_watertight
    # glTF's +Y is up
    assert mesh.extents == pytest.approx([0.5, 0.25, 1.0], abs=1e-6)
