"""DPO on Show-o: log-probabilities as the released trainer sums them where both agree, LoRA, released names, resume."""

from pathlib import Path

import pytest
import torch
from conftest import StopAfter, steps_of
from golden_showo import layout, numbers, tensors, tiny_showo, words
from safetensors.torch import load_file
from showo_requests import CODES, TOKENS

from espalier_torch.families.showo import family
from espalier_torch.families.showo.layout import Layout
from espalier_torch.families.showo.model import load_showo, released_config
from espalier_torch.objective.masked_likelihood import places_of, scored_log_probabilities
from espalier_torch.protocol.fields import RequestError
from espalier_torch.runtime.stopping import Stopped


def test_log_probabilities_are_the_released_ones_where_both_agree():
    """The released sum also counts <|soi|> and <|eoi|>, and its softmax is over all ids; the rest is ours, exactly."""
    known, texts = tensors("dpo_step"), [words(text) for text in numbers("dpo_step")["texts"]]
    ids, labels = known["chosen_input_ids"], known["chosen_labels"]
    sizes, model = layout(), tiny_showo(weights="dpo_policy")
    scored = labels[:, sizes.image] != -100
    tokens = torch.where(scored, labels[:, sizes.image], ids[:, sizes.image]) - sizes.first_code
    text = torch.stack([sizes.text_row(one) for one in texts])
    with torch.no_grad():
        ours = scored_log_probabilities(model, text, tokens, scored, scored, sizes.codebook_size)
        every = model(ids, sizes.attention(ids)).log_softmax(-1)
    codes = slice(sizes.first_code, sizes.first_code + sizes.codebook_size)
    share_of_codes = every[:, sizes.image, codes].logsumexp(-1).masked_fill(~scored, 0).sum(-1)
    ends = sum(every[:, place].gather(-1, labels[:, place, None]).squeeze(-1) for place in (sizes.text_length, -1))
    torch.testing.assert_close(ours + share_of_codes + ends, known["policy_chosen_logps"], atol=1e-4, rtol=0)
    assert share_of_codes.abs().min() > 0.1


@pytest.mark.parametrize("recompute", [False, True])
def test_rows_of_one_text_share_its_pass_and_change_nothing(recompute):
    sizes, model = layout(), tiny_showo()
    torch.manual_seed(0)
    texts = [sizes.text_row([1, 2, 3]), sizes.text_row([4, 5, 6, 7, 8]), torch.zeros(sizes.text_length).long()]
    text = torch.stack([texts[place] for place in (0, 1, 2, 0)])
    tokens, places = torch.randint(0, CODES + 1, (4, TOKENS)), torch.rand(4, TOKENS) < 0.6
    whole = model.hidden(text, tokens)[places]
    model.recompute = recompute
    shared = model.hidden_at(torch.stack(texts), tokens, places_of(places), torch.tensor([0, 1, 2, 0]))
    model.recompute = False
    torch.testing.assert_close(shared, whole, rtol=1e-4, atol=1e-5)
    weights = [one for name, one in model.named_parameters() if "lm_head" not in name]
    gradients = [torch.autograd.grad((found * whole.detach()).sum(), weights) for found in (whole, shared)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-4)


def test_the_fused_activation_computes_what_transformers_does(showo_request):
    raw = showo_request()
    fused, plain = family.load(raw["generator"])[0], load_showo(raw["generator"])[0]
    kinds = [type(model.showo.model.layers[0].mlp.activation_fn) for model in (fused, plain)]
    assert kinds[0] is torch.nn.GELU and kinds[1] is not torch.nn.GELU
    spread = torch.linspace(-12, 12, 4001)
    activations = [model.showo.model.layers[0].mlp.activation_fn(spread) for model in (fused, plain)]
    torch.testing.assert_close(*activations, atol=1e-6, rtol=1e-6)
    sizes, torch_source = fused.layout, torch.Generator().manual_seed(0)
    text = torch.stack([sizes.text_row([1, 2, 3]), sizes.text_row([4, 5])])
    tokens = torch.randint(0, CODES, (2, TOKENS), generator=torch_source)
    scored = torch.rand(2, TOKENS, generator=torch_source) < 0.7
    sums = [scored_log_probabilities(model, text, tokens, scored, scored, CODES) for model in (fused, plain)]
    torch.testing.assert_close(*sums, atol=1e-5, rtol=1e-6)


def test_text_is_cut_to_what_all_rows_need_and_means_the_same(showo_request):
    sizes = layout()
    rows = torch.stack([sizes.text_row([1, 2, 3]), torch.zeros(sizes.text_length).long(), sizes.text_row([4])])
    cut = sizes.used_text(rows)
    named = sizes.with_null_prompts(rows)
    assert torch.equal(sizes.whole_rows(cut), named) and torch.equal(sizes.used_text(named), cut)
    assert torch.equal(named[1], sizes.text_row([])) and cut.shape[1] <= sizes.text_length
    wide = Layout(text_length=129)
    assert wide.used_text(torch.stack([wide.text_row(list(range(14)))])).shape == (1, 32)
    assert wide.used_text(torch.stack([wide.text_row(list(range(200)))])).shape == (1, 129)


def test_all_layers_are_compiled_as_one_graph(showo_request, monkeypatch: pytest.MonkeyPatch):
    graphs: list[int] = []

    def count(graph: torch.fx.GraphModule, inputs: list[object]) -> object:
        graphs.append(len(inputs))
        return graph.forward

    whole = torch.compile
    monkeypatch.setattr(torch, "compile", lambda one, **how: whole(one, backend=count, fullgraph=True, **how))
    model, plain = (family.load(showo_request(name)["generator"])[0] for name in ("one", "other"))
    model.compile_layers(True)
    sizes = model.layout
    text = sizes.used_text(torch.stack([sizes.text_row([1, 2, 3]), sizes.text_row([4])]))
    given = (torch.arange(4 * TOKENS).view(4, TOKENS) % CODES, torch.arange(30), torch.tensor([0, 1, 0, 1]))
    found = [one.hidden_at(text, *given) for one in (model, model, plain)]
    assert len(model.showo.model.layers) > 1 and len(graphs) == 1
    torch.testing.assert_close(found[1], found[2], atol=1e-5, rtol=0)
    found[1].sum().backward()


def test_lora_is_merged_into_weights_of_the_released_names(showo_request, trained):
    raw = showo_request()
    record, events = trained(raw)
    assert steps_of(events)[0]["rewards/margins"] == 0
    assert steps_of(events)[-1]["rewards/margins"] > 0
    assert record["family"] == "show-o" and record["training"]["settings"]["adapter"] == "lora"
    out = Path(raw["out"])
    start, end = load_file(Path(raw["generator"]) / "model.safetensors"), load_file(out / "generator.safetensors")
    assert set(end) == set(start)
    changed = {name for name in start if not torch.equal(start[name], end[name])}
    assert changed and all(".layers." in name and name.endswith("weight") for name in changed)
    model, again = load_showo(out)
    assert again["identity"] == record["identity"]
    assert released_config(out) == model.config
    second, _ = trained(showo_request("second", generator=str(out)))
    assert second["parents"] == [record["identity"]]


def test_a_stopped_run_goes_on_exactly(showo_request, trained):
    unbroken, _ = trained(showo_request("unbroken"))
    raw = showo_request("stopped")
    with pytest.raises(Stopped):
        trained(raw, StopAfter(2))
    state = load_file(Path(raw["out"] + ".work") / "step-000003" / "model.safetensors")
    assert state and all(".lora_" in name for name in state)
    resumed, events = trained(raw)
    assert events[0]["step"] == 3
    assert resumed["identity"] == unbroken["identity"]


def test_recomputed_activations_change_nothing(showo_request, trained):
    kept, again = showo_request("kept"), showo_request("again", recompute_activations=True)
    weights = []
    for raw in (kept, again):
        trained(raw)
        weights.append(load_file(Path(raw["out"]) / "generator.safetensors"))
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, atol=1e-6, rtol=0)


def test_what_does_not_fit_is_refused(showo_request, trained, tmp_path: Path):
    with pytest.raises(RequestError, match="leave guidance out"):
        trained(showo_request(guidance={"judge": str(tmp_path / "judge")}))
    with pytest.raises(RequestError, match="linear layers here are"):
        trained(showo_request(adapter={"rank": 4, "targets": ["attention_in"]}))
