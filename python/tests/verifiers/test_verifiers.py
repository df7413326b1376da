"""The judges: released weights under transformers' names, P(yes) from the first token, any batch the same answer."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_verifiers import GOLDEN, WORDS, written_clip, written_llava, written_released_llava

from espalier_torch.verifiers.answers import first_tokens, yes_probability
from espalier_torch.verifiers.feature_cache import FeatureCache
from espalier_torch.verifiers.llava import image_features, load_llava, normalised, transformers_name
from espalier_torch.verifiers.questions import DEFAULT_QUESTIONS, Questions, agrees, chat_text, read_questions
from espalier_torch.verifiers.reward import load_reward_judge
from espalier_torch.verifiers.vision_language import Llava, YesNoJudge, load_yes_no_judge

CPU = torch.device("cpu")
PROMPTS = ["a photo of a red cat", "a blue dog", "a cat"]
SHORT = Questions({"outcome": ("{image} {prompt} ?",), "potential": ("{image} photo ?", "yes", "{prompt} ?")})


def pictures(count: int, side: int = 32) -> torch.Tensor:
    return torch.randint(0, 256, (count, side, side, 3), generator=torch.Generator().manual_seed(3)).to(torch.uint8)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_released_llava(tmp_path_factory.mktemp("llava") / "parm")


@pytest.fixture(scope="module")
def judge(released: Path) -> YesNoJudge:
    return load_yes_no_judge(released, SHORT, CPU, torch.float32, batch=2)


def test_released_names_are_mapped():
    known = json.loads((GOLDEN / "parameter_name_mapping.json").read_text())["tiny_example"]
    assert {name: transformers_name(name) for name in known} == {
        name: names["transformers_5_23"] for name, names in known.items()
    }
    assert len(known) == 97


@torch.no_grad()
def test_released_weights_give_the_reference_logits(released: Path):
    model, known = load_llava(released), load_file(GOLDEN / "llava_tiny_io.safetensors")
    tower = model.model.vision_tower(known["pixel_values"], output_hidden_states=True).hidden_states[-1]
    torch.testing.assert_close(tower, known["vision_tower_output"], atol=1e-4, rtol=0)
    seen = model.get_image_features(
        known["pixel_values"], torch.tensor([[384, 384]]), batch_num_images=[2], return_dict=True
    ).pooler_output[0]
    torch.testing.assert_close(seen[:-1].unsqueeze(0), known["projected"], atol=1e-4, rtol=0)
    ids = known["input_ids"][0]
    place = int((ids == -200).nonzero())
    embed = model.get_input_embeddings()
    row = torch.cat([embed(ids[:place]), seen, embed(ids[place + 1 :])]).unsqueeze(0)
    logits = model(inputs_embeds=row, use_cache=False).logits
    torch.testing.assert_close(logits[:, -8:], known["logits_tail"], atol=1e-4, rtol=0)


def test_image_features_are_those_of_one_untiled_view(released: Path):
    model = load_llava(released)
    features = image_features(model, pictures(2))
    assert features.shape == (2, 730, 48)
    torch.testing.assert_close(features[1:], image_features(model, pictures(2)[1:]), atol=1e-5, rtol=0)


def test_pictures_are_padded_to_a_square_with_grey():
    whole = normalised(torch.zeros(1, 10, 20, 3, dtype=torch.uint8), 20)
    assert whole.shape == (1, 3, 20, 20)
    assert (whole[:, :, :5] - (127 / 127.5 - 1)).abs().max() < 1e-6 and (whole[:, :, 5:15] == -1).all()
    assert normalised(pictures(1), 384).shape == (1, 3, 384, 384)


def test_yes_is_summed_over_its_spellings():
    yes = first_tokens("yes", lambda text: [WORDS.index(text.strip())])
    assert [WORDS[index] for index in yes] == ["yes", "Yes", "YES"]
    with pytest.raises(ValueError, match="no single token"):
        first_tokens("yes", lambda text: [0, 1])
    logits = torch.log(torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.4, 0.4, 0.1, 0.1]]))
    torch.testing.assert_close(yes_probability(logits, [0, 1], [2]), torch.tensor([0.5, 8 / 9]))


def test_a_verdict_is_a_forward_pass_over_the_conversation(judge: YesNoJudge):
    found = judge.ask(["potential"], PROMPTS[:1], pictures(1))
    eyes = judge.eyes
    assert isinstance(eyes, Llava)
    before, after = chat_text(["{image} photo ?", "yes", "a photo of a red cat ?"], "{image}").split("{image}")
    embed = eyes.model.get_input_embeddings()
    parts = [embed(torch.tensor(eyes.encode(text))) for text in (before, after)]
    with torch.no_grad():
        row = torch.cat([parts[0], image_features(eyes.model, pictures(1))[0], parts[1]])
        last = eyes.model(inputs_embeds=row.unsqueeze(0)).logits[0, -1].softmax(-1)
    yes, no = (sum(last[WORDS.index(word)] for word in words) for words in (("yes", "Yes", "YES"), ("no", "No", "NO")))
    assert found.item() == pytest.approx((yes / (yes + no)).item(), abs=1e-5)


def test_verdicts_do_not_depend_on_the_batch_and_images_are_seen_once(
    judge: YesNoJudge, monkeypatch: pytest.MonkeyPatch
):
    seen: list[int] = []
    see = judge.features.see
    monkeypatch.setattr(judge.features, "see", lambda images: seen.append(len(images)) or see(images))
    judge.features.kept.clear()
    together = judge.ask(["outcome", "potential"], PROMPTS, pictures(3))
    assert seen == [2, 1]
    again = [judge.ask([question], PROMPTS, pictures(3)) for question in ("outcome", "potential")]
    assert seen == [2, 1] and torch.equal(together, torch.cat(again))
    for index, prompt in enumerate(PROMPTS):
        alone = judge.ask(["outcome", "potential"], [prompt], pictures(3)[index : index + 1])
        torch.testing.assert_close(alone[:, 0], together[:, index], atol=1e-5, rtol=0)
    assert together.std() > 0 and ((together > 0) & (together < 1)).all()


def test_what_the_eyes_saw_longest_ago_is_let_go_first():
    features = FeatureCache(lambda images: images.sum((1, 2, 3)), most=2)
    shown = pictures(3)
    sums = shown.sum((1, 2, 3))

    def look(*places: int) -> None:
        found = features.of([bytes([place]) for place in places], lambda wanted: shown[[places[one] for one in wanted]])
        assert [int(one) for one in found] == [int(sums[place]) for place in places]

    for places, looks in (((0, 1, 0), 2), ((0,), 2), ((2, 0), 3), ((1,), 4), ((0, 1), 4), ((0, 1, 2), 5)):
        look(*places)
        assert features.looks == looks, places


def test_another_model_of_transformers_judges_too(tmp_path: Path):
    judge = load_yes_no_judge(written_llava(tmp_path / "llava"), SHORT, CPU, torch.float32, batch=3)
    together = judge.ask(["outcome"], PROMPTS, pictures(3))
    alone = torch.cat([judge.ask(["outcome"], [p], pictures(3)[i : i + 1]) for i, p in enumerate(PROMPTS)], 1)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    assert together.std() > 0


def test_a_reward_model_judges_through_the_same_seam(tmp_path: Path):
    judge = load_reward_judge(written_clip(tmp_path / "clip"), CPU, torch.float32, batch=2)
    scores = judge.ask(["outcome"], PROMPTS, pictures(3))
    assert scores.shape == (1, 3) and scores.std() > 0 and ((scores > 0) & (scores < 1)).all()
    alone = judge.ask(["outcome"], PROMPTS[2:], pictures(3)[2:])
    torch.testing.assert_close(alone[:, 0], scores[:, 2], atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match="answers 'outcome' only"):
        judge.ask(["clarity"], PROMPTS, pictures(3))


def test_questions_come_from_a_file(tmp_path: Path):
    file = tmp_path / "questions.json"
    file.write_text(json.dumps({"outcome": ["{image}\nIs it {prompt}?"]}))
    questions = read_questions(file)
    assert questions.conversation("outcome", "a {prompt}") == ["{image}\nIs it a {prompt}?"]
    assert questions.turns["clarity"] == DEFAULT_QUESTIONS["clarity"]
    assert questions.sha256 != read_questions(None).sha256
    for raw, words in (
        ({"outcom": ["{image}"]}, "unknown question"),
        ({"outcome": ["{image}", "yes"]}, "end with the user's turn"),
        ({"outcome": ["no picture"]}, "once, in its first turn"),
        ({"outcome": "x"}, "list of texts"),
        ([], "must map"),
    ):
        file.write_text(json.dumps(raw))
        with pytest.raises(ValueError, match=words):
            read_questions(file)
    with pytest.raises(ValueError, match="cannot be read"):
        read_questions(tmp_path / "missing.json")


def test_the_potential_question_is_the_second_turn_of_the_clarity_conversation():
    turns = DEFAULT_QUESTIONS["potential"]
    assert turns[:2] == (*DEFAULT_QUESTIONS["clarity"], "yes") and len(turns) == 3
    text = chat_text(turns)
    assert [text.count(role) for role in ("<|im_start|>user", "<|im_start|>assistant")] == [2, 2]
    assert text.endswith("<|im_start|>assistant\n") and text.count("<image>") == 1


def test_a_wording_is_checked_against_hashes():
    mine = read_questions(None)
    text = chat_text(mine.conversation("outcome", "a cat"))
    known = [{"prompt": "a cat", "orm": {"sha256": hashlib.sha256(text.encode()).hexdigest()}}]
    assert agrees(mine, {"outcome": "orm"}, known)
    assert not agrees(SHORT, {"outcome": "orm"}, known)
    published = json.loads((GOLDEN / "verifier_prompt_hashes.json").read_text())
    assert not agrees(mine, {"outcome": "orm"}, published)


def test_other_folders_are_refused(tmp_path: Path, released: Path):
    with pytest.raises(ValueError, match=r"No config\.json"):
        load_yes_no_judge(tmp_path, SHORT, CPU, torch.float32)
    with pytest.raises(ValueError, match="CLIP"):
        load_reward_judge(released, CPU, torch.float32)
