"""Our LlamaGen computes what FoundationVision/LlamaGen computed with the same weights."""

import numpy as np
import pytest
import torch
from golden_llamagen import numbers, recorded_captions, tensors, tiny_llamagen, tiny_tokenizer
from torch import Tensor

from espalier_torch.decoding.filters import DrawSettings, filtered, guided
from espalier_torch.decoding.raster import RasterDecoder
from espalier_torch.families.llamagen.model import CaptionStates, LlamaGen

RUNS = numbers("generate_runs")


def forward_case(side: int) -> tuple[LlamaGen, CaptionStates, dict[str, Tensor]]:
    found = {name[3:]: one for name, one in tensors("forward").items() if name.startswith(f"g{side}.")}
    return tiny_llamagen(side), recorded_captions(found), found


@torch.no_grad()
def logits_of(model: LlamaGen, captions: CaptionStates, codes: Tensor, null: bool = False) -> Tensor:
    return model.image_logits(captions, torch.full((len(codes),), null), codes, torch.arange(len(codes)))


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("side", [4, 6])
def test_logits_and_likelihoods_are_the_references(side: int, shared: bool, monkeypatch: pytest.MonkeyPatch):
    model, captions, found = forward_case(side)
    monkeypatch.setattr(model, "shares_text", shared)
    codes, own = found["codes"], torch.arange(4)
    torch.testing.assert_close(logits_of(model, captions, codes), found["logits"], atol=1e-4, rtol=0)
    with torch.no_grad():
        single = model.log_probabilities(captions, own < 0, codes, own)
    torch.testing.assert_close(single, found["token_log_probabilities"], atol=1e-4, rtol=0)
    torch.testing.assert_close(single.sum(1), found["log_likelihood"], atol=1e-3, rtol=0)
    torch.testing.assert_close(-single.mean(), found["loss"][0], atol=1e-4, rtol=0)
    nothing = logits_of(model, captions, codes, null=True)
    torch.testing.assert_close(nothing, found["unconditional_logits"], atol=1e-4, rtol=0)


@pytest.mark.parametrize("side", [4, 6])
def test_rotary_positions_and_attention_are_the_references(side: int):
    model, captions, found = forward_case(side)
    prefix = model.prefix(captions, torch.zeros(4, dtype=torch.bool))
    cosine, sine = model.image_rotary(prefix.start[:1], torch.arange(side * side).unsqueeze(0))
    table = torch.cat([torch.stack(prefix.rotary, -1)[0], torch.stack([cosine, sine], -1)[0]])
    torch.testing.assert_close(table, found["rotary"], atol=1e-6, rtol=0)
    assert torch.equal(prefix.seen, found["attention"][:, :, :10, :10])
    assert torch.equal(prefix.shown, found["attention"][:, 0, 10, :10])


@pytest.mark.parametrize("case", numbers("filter"), ids=lambda case: str(case["case"]))
def test_filters_are_the_references(case: dict[str, float]):
    found = tensors("filter")
    settings = DrawSettings(top_k=int(case["top_k"]) or None, top_p=case["top_p"])
    got = filtered(found[f"{case['case']}.logits"], settings)
    assert torch.equal(got, found[f"{case['case']}.filtered"])


def run_settings(run: dict) -> DrawSettings:
    until = None if run["cfg_interval"] < 0 else run["cfg_interval"] + 2
    return DrawSettings(
        run["cfg_scale"], 0 if run["greedy"] else run["temperature"], run["top_k"] or None, run["top_p"], until
    )


@pytest.mark.parametrize("run", RUNS, ids=lambda run: str(run["run"]))
def test_a_recorded_run_step_by_step(run: dict):
    found, settings = tensors(f"generate_{run['run']}"), run_settings(run)
    model, captions = tiny_llamagen(run["grid"]), recorded_captions(found, run["masked"])
    codes = found["tokens"]
    branches = [logits_of(model, captions, codes, null) for null in (False, True)[: settings.branches]]
    places = torch.arange(codes.shape[1])
    per_place = [
        guided(torch.cat([one[:, place] for one in branches]), places[place].expand(len(codes)), settings)
        for place in places
    ]
    logits = torch.stack(per_place, 1)
    torch.testing.assert_close(logits, found["guided_logits"], atol=1e-4, rtol=0)
    plain = DrawSettings(top_k=settings.top_k, top_p=settings.top_p, temperature=run["temperature"])
    probabilities = filtered(found["guided_logits"], plain).softmax(-1)
    torch.testing.assert_close(probabilities, found["probabilities"], atol=1e-6, rtol=0)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: str(run["run"]))
def test_the_decoder_draws_the_recorded_codes_from_numbers_that_lead_to_them(run: dict):
    """The reference draws by other random numbers: each code is asked for by the middle of its share."""
    found, settings = tensors(f"generate_{run['run']}"), run_settings(run)
    model, captions = tiny_llamagen(run["grid"]), recorded_captions(found, run["masked"])
    codes, probabilities = found["tokens"], found["probabilities"].double()
    own = probabilities.gather(-1, codes.unsqueeze(-1)).squeeze(-1)
    uniform = probabilities.cumsum(-1).gather(-1, codes.unsqueeze(-1)).squeeze(-1) - own / 2
    decoder = RasterDecoder(
        model,
        lambda rows: CaptionStates(*(one[rows[:, 0]] for one in captions)),
        slots=len(codes) + 1,
        settings=settings,
    )
    texts = [(row,) for row in range(len(codes))]
    drawn = torch.full_like(codes, model.codebook_size)
    for row in range(run["grid"]):
        known = np.full(len(codes), row * run["grid"])
        drawn, certainty = decoder.advance(texts, drawn, known, known + run["grid"], uniform.float())
        part = slice(known[0], known[0] + run["grid"])
        if not run["greedy"]:
            torch.testing.assert_close(certainty[:, part].exp(), own[:, part].float(), atol=1e-4, rtol=0)
    assert torch.equal(drawn, codes)


@pytest.mark.parametrize("side", [16, 24])
def test_the_image_tokenizer_is_the_references(side: int):
    model = tiny_tokenizer()
    found = {name[4:]: one for name, one in tensors("vq_io").items() if name.startswith(f"s{side}.")}
    assert len(found) == 6
    with torch.no_grad():
        features = model.features(found["pixels"])
        torch.testing.assert_close(features, found["before_quantization"], atol=1e-4, rtol=0)
        assert torch.equal(model.encode(found["pixels"]), found["ids"])
        for ids, pixels in (("ids", "decoded_ids"), ("random_ids", "decoded_random_ids")):
            torch.testing.assert_close(model.decode(found[ids]), found[pixels], atol=1e-3, rtol=0)


def test_names_and_shapes_of_full_size_are_the_released_ones():
    from espalier_torch.families.llamagen.model import LlamaGenConfig  # noqa: PLC0415
    from espalier_torch.families.llamagen.tokenizer import USAGE, ImageTokenizer, TokenizerConfig  # noqa: PLC0415

    wanted = numbers("full_size_parameter_shapes")
    with torch.device("meta"):
        made = {"gpt_xl_t2i_256": LlamaGen(LlamaGenConfig()), "vq_16": ImageTokenizer(TokenizerConfig())}
    for name, model in made.items():
        shapes = {one: list(tensor.shape) for one, tensor in model.state_dict().items()}
        assert shapes == {one: shape for one, shape in wanted[name].items() if one != USAGE}
