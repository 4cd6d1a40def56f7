"""The network at its smallest: its bounds, its training, its checkpoints, its export."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

from fabricate.errors import BackendError  # noqa: E402
from fabricate.kit.frames import HERE  # noqa: E402
from fabricate.kit.primitives import Ellipsoid  # noqa: E402
from fabricate.lift.inputs import FLOOR  # noqa: E402
from fabricate.train.begin import exported, mixed, unfolded  # noqa: E402
from fabricate.train.export import export, export_checkpoint, parity  # noqa: E402
from fabricate.train.loop import Plan, State, train  # noqa: E402
from fabricate.train.losses import loss, measures  # noqa: E402
from fabricate.train.network import REACH, STRETCH, TINY, Network, Size  # noqa: E402
from fabricate.train.shards import pack  # noqa: E402
from fabricate.train.shots import shots  # noqa: E402
from fabricate.train.sketch import Sketch  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eggs of several sizes, most to train on and some held back."""
    folder = tmp_path_factory.mktemp("data")
    for number, count in ((0, 5), (90_000, 2)):
        dice = np.random.default_rng(number)
        taken = []
        for _ in range(count):
            sketch = Sketch()
            sketch.part(np.array([0.7, 0.6, 0.3])).clay.add(Ellipsoid(HERE, dice.uniform(0.4, 1.0, 3)))
            taken += shots(sketch.model(24), dice, 2, 64)
        pixels, bits = pack(taken)
        starts = np.cumsum([0, *np.unpackbits(bits, axis=1).sum(1).tolist()])
        np.save(folder / f"{number:05d}.pixels.npy", pixels)
        kinds = np.array(["egg"] * len(taken))
        np.savez(folder / f"{number:05d}.views.npz", bits=bits, starts=starts, kinds=kinds, side=64, code="")
    return folder


def test_the_sheets_stay_within_their_bounds() -> None:
    torch.manual_seed(0)
    network = Network(TINY).eval()
    seen = torch.randn(2, 5, 32, 32)
    seen[:, 4] = seen[:, 4].abs()
    with torch.no_grad():
        for parameter in network.last.parameters():
            parameter.mul_(1e4)
        out = network(seen)
    middle, half = out[:, :2].mean(1), (out[:, 0] - out[:, 1]) / 2
    balloon = seen[:, 4].clamp(min=FLOOR)
    assert out.shape == (2, 9, 32, 32)
    assert middle.abs().max() <= REACH + 1e-4
    assert (half > 0).all()
    assert (half / balloon).log().abs().max() <= STRETCH + 1e-3
    assert (out[:, 2:5].norm(dim=1) <= 1 + 1e-4).all()


def test_a_figure_may_stand_at_any_distance() -> None:
    depth = torch.rand(2, 2, 16, 16)
    normals = torch.nn.functional.normalize(torch.randn(2, 2, 3, 16, 16), dim=2)
    known = torch.ones(2, 1, 16, 16)
    out = torch.cat([depth + 0.3, normals[:, 0], normals[:, 1], torch.zeros(2, 1, 16, 16)], dim=1)
    _, parts = loss(out, depth, normals, known)
    assert parts["place"] < 1e-5
    assert measures(out, depth, normals, known).front < 1e-5


def test_a_limb_out_of_place_does_not_move_the_rest() -> None:
    normals = torch.zeros(1, 2, 3, 16, 16)
    normals[:, :, 2] = 1
    out = torch.zeros(1, 9, 16, 16)
    known = torch.ones(1, 1, 16, 16)
    losses = []
    for far in (0.3, 0.6):
        depth = torch.zeros(1, 2, 16, 16)
        depth[..., :4] = far
        total, parts = loss(out.requires_grad_(), depth, normals, known)
        assert parts["honest"] == pytest.approx(far / 4, abs=0.02), "three quarters are where they were"
        losses.append(float(total.detach()))
    assert losses[1] < 2 * losses[0], "twice as far off is less than twice as bad"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    file = tmp_path_factory.mktemp("shipped") / "net.onnx"
    torch.manual_seed(5)
    network = Network(TINY).train()
    for _ in range(3):
        network(torch.randn(4, 5, 32, 32))
    export(network, file)
    return network.eval(), file


def test_training_begins_where_an_export_ended(shipped: tuple[Network, Path]) -> None:
    network, file = shipped
    seen = torch.randn(24, 5, 32, 32)
    again = unfolded(exported(file), seen)
    assert again.size == TINY
    with torch.no_grad():
        true = network(seen)
        assert torch.allclose(again.eval()(seen), true, atol=1e-4)
        assert torch.allclose(again.train()(seen), true, atol=1e-3), "its normalisations fit that batch"


def test_a_run_begins_at_an_export(data: Path, tmp_path: Path, shipped: tuple[Network, Path]) -> None:
    _, file = shipped
    plan = Plan(steps=1, batch=2, rate=0.0, look=1, workers=0, threads=1)
    state = train(data, tmp_path / "run", plan, begin=exported(file))
    assert state.network.size == TINY
    kept, told = state.network.last.weight, export(state.network, tmp_path / "again.onnx")
    assert told < 2e-3
    assert torch.allclose(kept, exported(file).last.weight, atol=1e-5)


def test_what_is_no_export_of_this_network_is_told(tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(b"no network")
    with pytest.raises(BackendError, match="cannot be read"):
        exported(other)
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], [])), str(other))
    with pytest.raises(BackendError, match="not an export"):
        exported(other)


def test_a_mix_lies_between_what_is_mixed(tmp_path: Path, shipped: tuple[Network, Path]) -> None:
    from click.testing import CliRunner

    from fabricate.cli.train import train as command

    file, out = shipped[1], tmp_path / "mixed.onnx"
    one, two = exported(file), exported(file)
    with torch.no_grad():
        two.last.weight.add_(1.0)
    assert torch.allclose(mixed(exported(file), two, 0.75).last.weight, one.last.weight + 0.25)
    with pytest.raises(BackendError, match="two sizes"):
        mixed(one, Network(Size((4, 8, 8))), 0.5)
    done = CliRunner().invoke(command, ["mix", str(file), str(file), str(out), "--share", "0.75", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["share"] == 0.75
    assert torch.allclose(exported(out).last.weight, one.last.weight, atol=1e-5)


def test_training_learns_resumes_and_exports(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    plan = Plan(steps=24, batch=4, rate=4e-3, look=12, workers=0, threads=1)
    state = train(data, run, plan, TINY)
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [12, 24]
    assert rows[1]["turn"] < rows[0]["turn"]
    assert len(list((run / "looks").glob("*.png"))) == 2
    resumed = State.load(run / "checkpoint.pt", CPU)
    assert resumed.step == state.step == 24
    more = train(data, run, Plan(steps=30, batch=4, look=6, workers=0, threads=1))
    assert more.step == 30
    out = tmp_path / "net.onnx"
    assert export_checkpoint(run / "checkpoint.pt", out) < 2e-3
    assert parity(State.load(run / "checkpoint.pt", CPU).mean, out) < 2e-3
    assert out.stat().st_size < 1e6
    assert str(Path(__file__).parent.parent.parent).encode() not in out.read_bytes(), "no path of a machine"


def test_stopped_and_resumed_is_the_same_as_run_through(data: Path, tmp_path: Path) -> None:
    plan = Plan(steps=6, batch=2, look=3, workers=0, threads=1)
    whole = train(data, tmp_path / "whole", plan, TINY)

    def pull_the_plug(_text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "stopped", plan, TINY, say=pull_the_plug)
    assert State.load(tmp_path / "stopped" / "checkpoint.pt", CPU).step == 3
    again = train(data, tmp_path / "stopped", plan)
    for one, two in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-5)


@pytest.mark.parametrize("frozen", [False, True])
def test_frozen_normalisations_keep_their_statistics(data: Path, tmp_path: Path, frozen: bool) -> None:
    network = Network(TINY)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    plan = Plan(steps=2, batch=2, look=2, workers=0, threads=1, frozen=frozen)
    state = State.of(network, CPU)
    state.save(tmp_path / "checkpoint.pt")
    after = train(data, tmp_path, plan).network.state_dict()
    told = [name for name in before if name.endswith(("running_mean", "running_var"))]
    assert all(torch.equal(before[name], after[name]) == frozen for name in told)
    assert not torch.equal(before["middle.0.weight"], after["middle.0.weight"])


def test_no_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no shards"):
        train(tmp_path, tmp_path / "run", Plan(steps=1, workers=0), TINY)


@pytest.mark.slow
def test_the_command_renders_trains_and_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from fabricate.cli.train import train as command

    for module in ("shards", "render"):
        monkeypatch.setattr(f"fabricate.train.{module}.SHAPES", 2)
    monkeypatch.setattr("fabricate.train.render.HELD", 1)
    text = "--shapes 2 --views 2 --side 64 --steps 2 --batch 2 --look 2 --workers 1 --device cpu"
    words = text.split(" ")
    done = CliRunner().invoke(command, ["frontback", str(tmp_path / "run"), *words])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "run" / "frontback.onnx").is_file()
    assert json.loads((tmp_path / "run" / "data" / "data.json").read_text())["side"] == 64
    again = CliRunner().invoke(
        command, ["export", str(tmp_path / "run" / "run" / "checkpoint.pt"), str(tmp_path / "again.onnx")]
    )
    assert again.exit_code == 0, again.output


def test_large_weights_are_kept_in_half_precision(tmp_path: Path) -> None:
    network = Network(Size((32, 48))).eval()
    assert export(network, tmp_path / "net.onnx") < 5e-3
    numbers = sum(p.numel() for p in network.parameters())
    assert (tmp_path / "net.onnx").stat().st_size < 3 * numbers + 30_000
    again = exported(tmp_path / "net.onnx")
    assert again.size == network.size
    assert parity(again, tmp_path / "net.onnx") < 1e-3
