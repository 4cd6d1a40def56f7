"""Hunyuan3D's server against a small real one (a stand-in): done, stuck, garbled; the licence comes first."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from fabricate.artifacts import View
from fabricate.backends import Job
from fabricate.errors import BackendError
from fabricate.events import silent
from fabricate.lifters import hunyuan_server
from fabricate.lifters.hunyuan_server import HunyuanServerLifter
from fabricate.remote import hunyuan
from tests.remote.servers import Hunyuan, serving


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(hunyuan, "EVERY_S", 0.02)
    monkeypatch.setenv("FABRICATE_CONFIG", str(tmp_path / "config"))


def lift(address, accept=True, **options):
    return HunyuanServerLifter().lift(
        View(Image.new("RGBA", (8, 16), "red"), "picture"),
        Job(HunyuanServerLifter.Options(server=address, accept_licence=accept, **options), 90.0),
        silent(),
    )


def test_a_picture_goes_up_and_a_mesh_comes_back():
    server = Hunyuan()
    with serving(server.app()) as address:
        lifted = lift(address, seed=5)
    assert lifted.parts["figure"].bounds[:, 2] == pytest.approx([0, 1], abs=1e-6)
    body = server.bodies[0]
    assert base64.b64decode(body["image"])[:4] == b"\x89PNG"
    assert (body["seed"], body["texture"], body["type"]) == (5, False, "glb")


def test_nothing_is_sent_before_the_licence_is_accepted_and_once_is_enough():
    server = Hunyuan()
    with serving(server.app()) as address:
        with pytest.raises(BackendError, match="EU, UK and South Korea") as caught:
            lift(address, accept=False)
        assert "--accept-licence" in caught.value.hint
        assert not server.bodies
        lift(address)
        lift(address, accept=False)
    assert hunyuan_server.LICENCE


@pytest.mark.parametrize(
    ("mode", "wait_s", "words"),
    [("stuck", 0.3, "not done within"), ("garbled", 60, "no GLB"), ("foreign", 60, "no status")],
)
def test_a_server_that_never_ends_or_talks_nonsense_is_told(mode, wait_s, words):
    with serving(Hunyuan(mode).app()) as address, pytest.raises(BackendError, match=words) as caught:
        lift(address, wait_s=wait_s)
    assert caught.value.hint
