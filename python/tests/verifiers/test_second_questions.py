"""A second question about an image costs its own words, and is answered as if it were the first; 8 bits, nearly so."""

from pathlib import Path

import pytest
import torch
from tiny_verifiers import written_clip, written_llava, written_released_llava

from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.serve_requests import OpenRequest
from espalier_torch.serving.identity import identity_of
from espalier_torch.serving.judges import opened_judge
from espalier_torch.verifiers.conversation_memory import ConversationMemory, Read
from espalier_torch.verifiers.float8 import Float8Linear, narrowed
from espalier_torch.verifiers.llava_eyes import WIDTH, Llava
from espalier_torch.verifiers.questions import DEFAULT_QUESTIONS, Questions
from espalier_torch.verifiers.vision_language import FP8, YesNoJudge, load_yes_no_judge

CPU = torch.device("cpu")
PROMPTS = ["a photo of a red cat", "a blue dog", "a cat"]
IMAGE_TOKENS = 730


def pictures(count: int) -> torch.Tensor:
    return torch.randint(0, 256, (count, 32, 32, 3), generator=torch.Generator().manual_seed(3)).to(torch.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_released_llava(tmp_path_factory.mktemp("llava") / "parm")


def judges(folder: Path, batch: int = 4) -> tuple[YesNoJudge, YesNoJudge]:
    """One that remembers what it read, and one that reads everything again."""
    opened = [load_yes_no_judge(folder, Questions(DEFAULT_QUESTIONS), CPU, torch.float32, batch) for _ in range(2)]
    opened[1].eyes.memory = ConversationMemory(0)
    return opened[0], opened[1]


def tokens_of(eyes: Llava, work) -> int:
    before = eyes.tokens
    work()
    return eyes.tokens - before


def test_answers_are_those_of_conversations_read_from_their_start(folder: Path):
    remembering, forgetful = judges(folder)
    asked = ["clarity", "potential", "outcome", "process", "potential"]
    found = [judge.ask(asked, PROMPTS, pictures(3)) for judge in (remembering, forgetful)]
    torch.testing.assert_close(*found, atol=1e-5, rtol=0)
    torch.testing.assert_close(found[0][1], found[0][4], atol=1e-5, rtol=0)
    assert found[0].std() > 0


def test_a_second_question_costs_its_own_words(folder: Path):
    judge, forgetful = judges(folder)
    costs = {}
    for question in ("clarity", "potential", "outcome"):
        costs[question] = tokens_of(judge.eyes, lambda one=question: judge.ask([one], PROMPTS, pictures(3)))
    whole = tokens_of(forgetful.eyes, lambda: forgetful.ask(["outcome"], PROMPTS, pictures(3)))
    words = {
        question: [len(judge.eyes.around(judge.questions.conversation(question, prompt))[1]) for prompt in PROMPTS]
        for question in costs
    }
    assert costs["clarity"] > 3 * IMAGE_TOKENS
    assert costs["outcome"] == 3 * -(-max(words["outcome"]) // WIDTH) * WIDTH < whole / 10
    # Potential goes on from the conversation about clarity, whose words are read already.
    new = max(words["potential"]) - words["clarity"][0]
    assert costs["potential"] == 3 * -(-new // WIDTH) * WIDTH


def test_some_of_the_images_may_be_asked_about_again_in_any_order_and_company(folder: Path):
    judge, forgetful = judges(folder, batch=2)
    judge.ask(["clarity"], PROMPTS, pictures(3))
    for places in ([2, 0], [1], [0, 1, 2]):
        asked = (["potential"], [PROMPTS[place] for place in places], pictures(3)[places])
        torch.testing.assert_close(judge.ask(*asked), forgetful.ask(*asked), atol=1e-5, rtol=0)


def test_what_was_read_longest_ago_is_let_go_first_and_never_mistaken():
    memory, features = ConversationMemory(2), [torch.zeros(1, 1) for _ in range(3)]
    reads = [Read([], row, (1,), (2,)) for row in range(3)]
    for one in zip(features, reads, strict=True):
        memory.keep(*one)
    assert memory.of(features[0], (1,)) is None and memory.of(features[2], (1,)) is reads[2]
    assert memory.of(features[1], (9,)) is None
    assert reads[0].shared((2, 5)) == 1 and reads[0].shared((2,)) == 0 and reads[0].shared((3, 5)) == 0


def test_8_bit_layers_answer_nearly_alike_and_are_another_judge(folder: Path):
    exact, _ = judges(folder)
    rounded = load_yes_no_judge(folder, Questions(DEFAULT_QUESTIONS), CPU, torch.float32, 4, FP8)
    kinds = {type(one) for one in rounded.eyes.model.model.language_model.layers.modules()}
    assert Float8Linear in kinds
    answers = [judge.ask(["outcome"], PROMPTS, pictures(3)) for judge in (exact, rounded)]
    apart = (answers[0] - answers[1]).abs().max().item()
    assert 0 < apart < 0.02
    assert rounded.identity != exact.identity == identity_of("judge", str(folder), None)
    assert rounded.identity == identity_of("judge", str(folder), None, FP8)


def test_a_layer_in_8_bits_is_a_product_of_rounded_numbers():
    torch.manual_seed(0)
    linear, x = torch.nn.Linear(64, 32), torch.randn(2, 5, 64)
    narrow = Float8Linear(linear)
    found, exact = narrow(x), linear(x)
    assert found.shape == exact.shape and (found - exact).abs().mean() < 0.05 * exact.abs().mean()
    odd = torch.nn.Sequential(torch.nn.Linear(20, 32), torch.nn.Linear(32, 32))
    assert [type(one) for one in narrowed(odd)] == [torch.nn.Linear, Float8Linear]


def test_8_bits_are_refused_where_they_mean_nothing(tmp_path: Path):
    with pytest.raises(ValueError, match="Only LLaVA-OneVision and Janus-Pro judges run in 8 bits"):
        load_yes_no_judge(written_llava(tmp_path / "other"), Questions(DEFAULT_QUESTIONS), CPU, torch.float32, 4, FP8)
    request = build(OpenRequest, {"image_tokenizer": "x", "judge_dtype": "fp8"})
    with pytest.raises(RequestError, match="is a reward model; leave it out"):
        clip = build(OpenRequest, {**vars(request), "judge": str(written_clip(tmp_path / "clip"))})
        opened_judge(clip, CPU, torch.float32)
