"""A batch cut into pieces, or shared by processes, is trained on as the whole batch is."""

import json
from pathlib import Path

import pytest
import torch
from conftest import curve, steps_of, tiny_generator

from espalier_torch.families.masked_objective import masked_objective
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import TrainingFailed
from espalier_torch.training import gradients
from espalier_torch.training.piece_size import TOKENS, even_pieces, pairs_a_pass, pairs_that_fit

LOSSES = [{"sigmoid": 1.0}, {"aot": 1.0, "sft": 0.5}, {"bco_pair_centred": 1.0}]


@pytest.mark.parametrize("losses", LOSSES, ids=["+".join(one) for one in LOSSES])
def test_pieces_give_the_curve_of_the_whole_batch(request_of, trained, losses):
    raw = {"steps": 5, "losses": losses, "task_balance": 0.5}
    _, whole = trained(request_of("whole", **raw))
    _, pieces = trained(request_of("pieces", **raw, micro_pairs=3))
    assert steps_of(pieces)[0]["rewards/margins"] == 0
    torch.testing.assert_close(curve(pieces), curve(whole), rtol=1e-4, atol=1e-5)


def test_recomputed_activations_change_no_bit(request_of, trained):
    kept, _ = trained(request_of("kept", steps=4))
    again, _ = trained(request_of("again", steps=4, recompute_activations=True))
    assert again["identity"] == kept["identity"]


def test_the_implicit_reward_is_exactly_0_at_first_in_bf16_too(request_of, trained):
    _, events = trained(request_of(steps=3, precision="bf16"))
    first, *_, last = steps_of(events)
    assert first["rewards/chosen"] == first["rewards/rejected"] == 0
    assert last["rewards/margins"] != 0


def test_two_processes_give_the_curve_of_one(request_of, trained, tmp_path):
    raw = {
        "steps": 4, "losses": {"sigmoid": 1.0, "sft": 0.5, "dpop": 0.5}, "batch_pairs": 7, "held_out": {"share": 0.2},
        "balance": "task",
    }  # fmt: skip
    _, one = trained(request_of("one", **raw))
    _, two = trained(request_of("two", **raw, processes=2))
    torch.testing.assert_close(curve(two), curve(one), rtol=1e-4, atol=1e-5)
    held_out = [[event for event in events if event["event"] == "validation-end"] for events in (one, two)]
    assert held_out[0][0]["eval_loss"] == pytest.approx(held_out[1][0]["eval_loss"], rel=1e-4)


@pytest.mark.parametrize("fault", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory")])
def test_running_out_of_memory_names_the_setting_to_lower(request_of, trained, monkeypatch, fault):
    def full(*_):
        raise fault

    monkeypatch.setattr(gradients, "combined_loss", full)
    with pytest.raises(TrainingFailed, match=r"lower micro_pairs \(now 8 pairs.*recompute_activations"):
        trained(request_of())
    assert not json.loads(json.dumps(Path(request_of()["out"]).exists()))


def test_pieces_that_nobody_asked_for_keep_the_device_busy_and_cut_evenly(request_of):
    def pieces(device: str = "cpu", **fields) -> int | None:
        raw = {name: value for name, value in request_of(**fields).items() if name != "request"}
        request, on = build(TrainRequest, raw), torch.device(device)
        objective = masked_objective(request, tiny_generator().config, on)
        return pairs_a_pass(request, objective.tokens_a_pair, on)

    row = 8 + 64
    assert pieces(batch_pairs=32, masks={"draws": 1}) == TOKENS["cpu"] // (2 * row) == 16
    assert pieces(batch_pairs=33, masks={"draws": 1}) == 11
    assert pieces(batch_pairs=32, masks={"draws": 2}) == 8
    assert pieces(batch_pairs=32, masks={"draws": 64}) == 1
    assert pieces("cuda", batch_pairs=32, masks={"draws": 2}) == 32
    assert pieces(batch_pairs=32, micro_pairs=5) == 5
    assert pieces(batch_pairs=32, losses={"sigmoid": 1.0, "sft": 0.5}) is None


def test_pieces_cut_by_memory_fill_the_budget_and_are_of_one_size():
    asked: list[int] = []

    def peak_of(pairs: int) -> int:
        asked.append(pairs)
        return 100 + 30 * pairs

    assert pairs_that_fit(32, 100 + 30 * 21, peak_of) == even_pieces(32, 21) == 16 and asked == [1, 2]
    assert pairs_that_fit(10, 100 + 30 * 21, peak_of) == 10
    assert pairs_that_fit(33, 100 + 30 * 11, peak_of) == 11
    assert pairs_that_fit(8, 0, peak_of) == 1 and pairs_that_fit(1, 0, peak_of) == 1
