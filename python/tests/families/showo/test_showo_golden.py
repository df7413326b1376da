"""Show-o computes what the reference computed: layout, masks, logits, whole runs, the DPO step, the searches."""

import pytest
import torch
from golden_showo import layout, numbers, tensors, tiny_showo, words

from espalier_torch.families.showo.layout import SPECIAL_TOKENS
from espalier_torch.families.showo.released import (
    SCHEDULES,
    ReleasedSettings,
    Temperature,
    generate,
    guided,
    least_confident,
    mask_count,
)
from espalier_torch.families.showo.released_search import ClarityAnswer, first_clear, orm_choice, parm_choice
from espalier_torch.families.showo.released_training import mask_images, summed_log_probabilities
from espalier_torch.objective.dpo import LogProbabilities, LossSettings
from espalier_torch.objective.losses import sigmoid


def test_ids_of_special_tokens():
    known, sizes = numbers("prompting"), layout()
    assert {name: sizes.special(name) for name in SPECIAL_TOKENS[1:]} == {
        name: known["special_ids"][name] for name in SPECIAL_TOKENS[1:]
    }
    assert sizes.pad == known["special_ids"]["<|pad|>"]
    assert (sizes.mask, sizes.first_code) == (known["mask_token_id"], known["first_image_token"])


def test_prompt_rows():
    cases = numbers("prompting")["t2i_gen"]
    for case in cases:
        sizes = layout(case["num_vq_tokens"])
        masked = torch.full((1, sizes.image_tokens), sizes.codebook_size)
        rows = sizes.rows(sizes.text_row(case["text_ids"]).unsqueeze(0), masked)
        assert rows[0].tolist() == case["input_ids"], case["text"]
    assert len(cases) == 26


def test_training_rows():
    cases = numbers("prompting")["t2i_train"]
    for case in cases:
        dropped = torch.tensor(case["drop_uniforms"]) < case["cond_dropout_prob"]
        image, labels = torch.tensor(case["image_input_ids"]), torch.tensor(case["image_labels"])
        rows = layout().training_rows([words(text) for text in case["texts"]], image, labels, dropped)
        assert rows[0].tolist() == case["input_ids"]
        assert rows[1].tolist() == case["labels"]
    assert len(cases) == 4


@pytest.mark.parametrize("image_tokens", [16, 64])
def test_attention_and_logits(image_tokens: int):
    found, model = tensors("forward"), tiny_showo(image_tokens)
    known = {name.split(".")[1]: tensor for name, tensor in found.items() if name.startswith(f"n{image_tokens}.")}
    ids = known["input_ids"]
    seen = model.layout.attention(ids)
    assert torch.equal(seen, known["attention_allowed_bool"])
    assert torch.equal(model.layout.attention(ids, hide_padding=False), known["attention_allowed_no_rm_pad_bool"])
    with torch.no_grad():
        logits = model(ids, seen)
        image = model.head(model.states(ids, seen)[:, model.layout.image])
    torch.testing.assert_close(logits, known["logits_sdpa"], atol=1e-4, rtol=0)
    torch.testing.assert_close(guided(image, 1.75), known["cfg_logits_image_slice"], atol=1e-4, rtol=0)


def test_schedules():
    known = numbers("schedules")
    for case in known["schedule_values"]:
        values = SCHEDULES[case["schedule"]](torch.tensor(case["t"]))
        torch.testing.assert_close(values, torch.tensor(case["value"]), atol=1e-6, rtol=0)
    for case in known["mask_lengths"]:
        settings = ReleasedSettings(steps=case["steps"], schedule=case["schedule"])
        unknown = torch.ones(1, case["num_tokens"], dtype=torch.bool)
        counts = []
        for step in range(case["steps"]):
            counts.append(int(mask_count(unknown, step, settings)))
            unknown = torch.arange(case["num_tokens"]).unsqueeze(0) < counts[-1]
        assert counts == case["clamped_sequence"], case
    assert len(known["mask_lengths"]) == 180


def test_the_temperature_compounds():
    for steps, expected in numbers("schedules")["temperature_per_step"].items():
        temperature = Temperature()
        found = [temperature.after(step, int(steps)) for step in range(int(steps))]
        assert found == pytest.approx(expected, abs=1e-12)


def test_remasking():
    cases, known = numbers("mask_by_random_topk"), tensors("mask_by_random_topk")
    for case in cases:
        of = {name: known[f"{case['case']:02}.{name}"] for name in ("probs", "mask_len", "masking")}
        generator = torch.Generator().manual_seed(case["seed"])
        found = least_confident(of["probs"], of["mask_len"], case["temperature"], generator)
        assert torch.equal(found, of["masking"]), case
    assert len(cases) == 40


@pytest.mark.parametrize("run", range(6))
def test_whole_runs_token_for_token(run: int):
    case, known = numbers("generate_runs")[run], tensors(f"generate_{run}")
    model = tiny_showo(case["num_vq_tokens"])
    sizes = model.layout
    rows = known["prompt_input_ids"]
    image = rows[:, sizes.image]
    tokens = torch.where(image == sizes.mask, sizes.codebook_size, image - sizes.first_code)
    text = torch.stack([sizes.text_row(words(one)) for one in case["texts"]])
    assert torch.equal(text, rows[:, : sizes.text_length])
    settings = ReleasedSettings(case["timesteps"], case["guidance_scale"], case["schedule"])
    generator = torch.Generator().manual_seed(case["generator_seed"])
    with torch.no_grad():
        steps = list(generate(model, text, tokens, settings, Temperature(case["temperature"]), generator))
    assert len(steps) == case["timesteps"]
    for step, found in enumerate(steps):
        assert torch.equal(found.tokens, known["per_step_sampled_ids"][step]), step
        assert torch.equal(found.masked, known["per_step_masking"][step]), step
        assert torch.equal(found.mask_count, known["per_step_mask_len"][step])
        assert found.temperature == pytest.approx(case["per_step_temperature"][step], abs=1e-12)
    assert torch.equal(steps[-1].tokens, known["final_sampled_ids"])
    kept = [0, len(steps) // 2][: len(known["image_logits_raw"])]
    for step, logits, probabilities in zip(kept, known["image_logits_raw"], known["probs"], strict=True):
        torch.testing.assert_close(steps[step].image_logits, logits, atol=1e-4, rtol=0)
        torch.testing.assert_close(steps[step].probabilities, probabilities, atol=1e-4, rtol=0)


def test_masking_of_training_images():
    cases, known = numbers("mask_tokens"), tensors("mask_tokens")
    for case in cases:
        of = {name.split(".")[1]: tensor for name, tensor in known.items() if name.startswith(f"{case['case']:02}.")}
        ids, labels, share = mask_images(
            of["image_tokens"],
            layout().mask,
            of["first_uniform"],
            of["second_uniform"],
            schedule=case["schedule"],
            lowest_share=case["min_masking_rate"],
            label_all=bool(case["training_config"]),
        )
        assert torch.equal(ids, of["input_ids"]), case
        assert torch.equal(labels, of["labels"]), case
        torch.testing.assert_close(share, of["mask_prob"])
    assert len(cases) == 12


def test_summed_log_probabilities():
    cases, known = numbers("get_batch_logps"), tensors("get_batch_logps")
    for case in cases:
        of = {name: known[f"{case['case']:02}.{name}"] for name in ("logits", "labels", "sum_logps", "mean_logps")}
        for mean, expected in ((False, of["sum_logps"]), (True, of["mean_logps"])):
            found = summed_log_probabilities(of["logits"], of["labels"], case["max_seq_length"] + 1, mean)
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-5, equal_nan=True)
    assert len(cases) == 12


def test_a_dpo_step():
    known, beta = tensors("dpo_step"), numbers("dpo_step")["beta"]
    policy, reference = tiny_showo(weights="dpo_policy"), tiny_showo()
    policy.zero_grad()

    def measured(model: torch.nn.Module, side: str) -> torch.Tensor:
        seen = known[f"{side}_attention_mask"] == 0
        ids = known[f"{side}_input_ids"]
        assert torch.equal(seen, layout().attention(ids))
        return summed_log_probabilities(model(ids, seen), known[f"{side}_labels"], layout().text_length)

    chosen, rejected = measured(policy, "chosen"), measured(policy, "rejected")
    with torch.no_grad():
        references = measured(reference, "chosen"), measured(reference, "rejected")
    lengths = torch.ones(3)
    losses = sigmoid(LogProbabilities(chosen, rejected, *references, lengths, lengths), LossSettings(beta))
    torch.testing.assert_close(losses, known["dpo_losses"], atol=1e-4, rtol=0)
    losses.mean().backward()
    gradients = {name: parameter.grad for name, parameter in policy.named_parameters()}
    compared = [name.removeprefix("grad.") for name in known if name.startswith("grad.")]
    for name in compared:
        torch.testing.assert_close(gradients[name], known[f"grad.{name}"], atol=1e-4, rtol=1e-3)
    assert len(compared) > 20


def test_orm_selection():
    cases = numbers("search_selection")["orm"]
    for case in cases:
        scores = [call["score"] for call in case["verifier_calls"]]
        size = case["search_num"]
        chosen = [orm_choice(scores[first : first + size]) for first in range(0, len(scores), size)]
        assert [f"{index:05}.png" for index in chosen] == case["chosen"]
    assert len(cases) == 40


def test_parm_selection():
    cases = numbers("search_selection")["parm"]
    for case in cases:
        calls = iter(case["verifier_calls"])
        chosen = []
        for _ in range(case["eval_num"]):
            paths = [first_clear(answers_of(calls, case["timesteps"])) for _ in range(case["search_num"])]
            scores = [next(calls)["score"] for path in paths if path.potential]
            chosen.append(f"{parm_choice(paths, scores):05}.png")
        assert chosen == case["chosen"]
        assert next(calls, None) is None
    assert len(cases) == 40


def answers_of(calls, steps: int) -> list[ClarityAnswer]:
    """The answers about one path: asked at each step until clear."""
    answers = []
    while len(answers) < steps and not (answers and answers[-1].clear):
        call = next(calls)
        assert call["call"] == "parm"
        answers.append(ClarityAnswer(call["clear"], call["potential"], call["no_prob"]))
    return answers


def test_the_search_resets_no_temperature():
    for case in numbers("search_selection")["orm"]:
        temperature = Temperature()
        for expected in case["temperatures"]:
            found = [temperature.after(step, case["timesteps"]) for step in range(case["timesteps"])]
            assert found == pytest.approx(expected, abs=1e-12)
