"""A path is the same in any company, slot and process, whatever was drawn, dropped or completed beside it."""

import pytest
import torch
from golden_llamagen import tensors, tiny_llamagen
from torch import Tensor

from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.raster import RasterDecoder, sample
from espalier_torch.families.llamagen.model import CaptionStates

SETTINGS = DrawSettings(guidance_scale=3.0, top_k=40, top_p=0.95)
NOTHING = 96
WANTED = [((text,), seed) for text in range(4) for seed in (1, 2, 3)]


def read(rows: Tensor) -> CaptionStates:
    """The recorded captions by their number."""
    found = tensors("forward")
    return CaptionStates(found["g4.caption_embeddings"][rows[:, 0]], found["g4.caption_mask"][rows[:, 0]] != 0)


def decoder(slots: int, settings: DrawSettings = SETTINGS, compile_mode: str = "none") -> RasterDecoder:
    return RasterDecoder(tiny_llamagen(), read, slots, settings, compile_mode)


def begun(count: int = 1) -> Tensor:
    return torch.full((count, 16), NOTHING)


def alone(text: tuple[int], seed: int) -> Tensor:
    """A path drawn by itself in new slots."""
    return drawn_on(decoder(3), text, seed, begun(), 4)


def drawn_on(made: RasterDecoder, text: tuple[int], seed: int, codes: Tensor, rows: int) -> Tensor:
    for _ in range(rows):
        codes, _ = made.draw([text], codes, [seed])
    return codes


def test_paths_are_the_same_in_any_company_as_slots_are_refilled():
    made, waiting, ended = decoder(3), list(WANTED), {}
    running: list[list] = []
    while waiting or running:
        while waiting and len(running) < 3:
            running.append([*waiting.pop(0), begun()[0]])
        texts, seeds, codes = zip(*running, strict=True)
        drawn, _ = made.draw(texts, torch.stack(codes), seeds)
        for path, codes in zip(running, drawn, strict=True):
            path[2] = codes
        # One path is dropped half-way, so that the others are at different rows from then on.
        ended |= {(text, seed): codes for text, seed, codes in running if NOTHING not in codes}
        running = [one for one in running if NOTHING in one[2] and (one[1] != 2 or (one[2] == NOTHING).sum() > 8)]
    assert len(ended) == 8
    for (text, seed), codes in list(ended.items())[::3]:
        assert torch.equal(codes, alone(text, seed)[0])
    assert len({tuple(codes.tolist()) for codes in ended.values()}) == 8


@pytest.mark.parametrize("slots", [1, 2, 7])
def test_a_path_does_not_depend_on_how_many_slots_there_are(slots: int):
    assert torch.equal(drawn_on(decoder(slots), (1,), 5, begun(), 4), alone((1,), 5))


def test_a_path_goes_on_in_another_process_and_after_others_took_its_slot():
    made = decoder(1)
    half = drawn_on(made, (2,), 7, begun(), 2)
    assert torch.equal(drawn_on(decoder(2), (2,), 7, half, 2), alone((2,), 7))
    drawn_on(made, (0,), 1, begun(), 3)
    assert torch.equal(drawn_on(made, (2,), 7, half, 2), alone((2,), 7))


def test_what_goes_on_in_its_slot_runs_once_a_code(monkeypatch: pytest.MonkeyPatch):
    made, runs = decoder(2), []
    step = made.run
    monkeypatch.setattr(made, "run", lambda *given: runs.append(1) or step(*given))
    texts, codes = [(0,), (1,)], begun(2)
    for row in range(4):
        # The order of the paths does not matter: each is found where it was.
        order = [0, 1] if row % 2 else [1, 0]
        drawn, _ = made.draw([texts[one] for one in order], codes[order], [order[0] + 1, order[1] + 1])
        codes = drawn[order]
    assert len(runs) == 16


def test_a_fork_keeps_its_rows_and_draws_the_others_anew():
    made = decoder(2)
    whole = drawn_on(made, (3,), 4, begun(), 4)
    fork = whole.clone()
    fork[:, 8:] = NOTHING
    again = drawn_on(made, (3,), 9, fork, 2)
    assert torch.equal(again[:, :8], whole[:, :8]) and not torch.equal(again[:, 8:], whole[:, 8:])
    assert torch.equal(again, drawn_on(decoder(1), (3,), 9, fork, 2))
    assert torch.equal(drawn_on(made, (3,), 4, fork, 2), whole)


def test_a_completed_path_goes_on_as_if_nobody_had_looked():
    made = decoder(2)
    half = drawn_on(made, (1,), 5, begun(), 2)
    whole = made.complete([(1,)], half)
    assert torch.equal(whole[:, :8], half[:, :8]) and NOTHING not in whole
    assert torch.equal(drawn_on(made, (1,), 5, half, 2), alone((1,), 5))
    likeliest = decoder(1, DrawSettings(guidance_scale=3.0, temperature=0))
    assert torch.equal(drawn_on(likeliest, (1,), 0, half, 2), whole)


def test_log_probabilities_are_those_of_one_pass():
    made = decoder(2, DrawSettings())
    codes, certainty = begun(), torch.zeros(1, 16)
    for _ in range(4):
        codes, own = made.draw([(2,)], codes, [11])
        certainty += own
    model, captions = tiny_llamagen(), read(torch.tensor([[2]]))
    with torch.no_grad():
        expected = model.log_probabilities(captions, torch.tensor([False]), codes, torch.tensor([0]))
    torch.testing.assert_close(certainty, expected, atol=1e-4, rtol=0)


def test_draws_follow_the_distribution():
    made, model = decoder(60, DrawSettings()), tiny_llamagen()
    texts = [(0,)] * 60
    first = torch.cat([made.draw(texts, begun(60), range(60 * part, 60 * part + 60))[0][:, 0] for part in range(10)])
    with torch.no_grad():
        captions, own = read(torch.tensor([[0]])), torch.tensor([0])
        expected = model.image_logits(captions, own < 0, begun() * 0, own)[0, 0].softmax(-1)
    found = torch.bincount(first, minlength=96) / 600
    # 600 draws leave a share within four standard errors of its probability.
    assert ((found - expected).abs() < 4 * (expected * (1 - expected) / 600).sqrt() + 1e-3).all()


def test_a_step_is_one_graph_of_fixed_shapes_whatever_the_slots_hold(monkeypatch: pytest.MonkeyPatch):
    graphs, whole = [], torch.compile

    def counted(step: object, mode: str, **how: object) -> object:
        return whole(step, backend=lambda graph, inputs: graphs.append(1) or graph.forward, **how)

    monkeypatch.setattr(torch, "compile", counted)
    made = decoder(2, compile_mode="reduce-overhead")
    half = drawn_on(made, (0,), 3, begun(), 2)
    made.draw([(1,), (0,)], torch.cat([begun(), half]), [1, 3])
    assert torch.equal(drawn_on(made, (0,), 3, half, 2), alone((0,), 3))
    assert len(graphs) == 1


def test_whole_images_of_captions_are_drawn_at_once():
    texts = torch.tensor([[1], [3], [1]])
    drawn = sample(tiny_llamagen(), read, texts, [5, 4, 6], SETTINGS)
    assert torch.equal(drawn, torch.cat([alone((1,), 5), alone((3,), 4), alone((1,), 6)]))


def test_codes_that_are_no_whole_rows_are_refused():
    odd = begun()
    odd[0, :5] = 1
    with pytest.raises(ValueError, match="whole rows of 4 codes"):
        decoder(1).draw([(0,)], odd, [1])
    with pytest.raises(ValueError, match="no rows left"):
        decoder(1).draw([(0,)], begun() * 0, [1])
    with pytest.raises(ValueError, match="2 paths were asked for at once, there are 1 slots"):
        decoder(1).draw([(0,), (1,)], begun(2), [1, 2])
