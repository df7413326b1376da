"""Any vision-language model of transformers: what it is given, and how the first word of its answer is read."""

from pathlib import Path

import pytest
import tiny_talker
import torch
from PIL import Image

from espalier_torch.verifiers.talking import TalkingModel, bare, shares_of

PLACE = "{image}"


@pytest.fixture(scope="module")
def talker(tmp_path_factory: pytest.TempPathFactory) -> TalkingModel:
    """A model of random weights."""
    folder: Path = tmp_path_factory.mktemp("talker")
    tiny_talker.make(folder)
    return TalkingModel(folder, torch.device("cpu"), torch.float32)


def picture(shade: int) -> Image.Image:
    """A picture that is wider than high."""
    return Image.new("RGB", (20, 12), (shade, 255 - shade, 100))


def test_spellings_of_a_word_are_one() -> None:
    """Case, blanks, marks of tokenizers and punctuation are set aside; other words are others."""
    assert {bare(word) for word in ("Yes", " yes", "▁YES", "Ġyes", '"yes', "yes.", "**Yes")} == {"yes"}
    assert bare("yesterday") == "yesterday"


def test_shares_are_normalised_over_what_was_expected() -> None:
    """And told only where the expected words have enough together."""
    words = [("The", 0.5), ("Yes", 0.2), (" yes", 0.1), ("No", 0.1)]
    assert shares_of(words, [["yes"], ["no"]], 0.05) == pytest.approx([0.75, 0.25])
    assert "have 0.400" in str(shares_of(words, [["yes"], ["no"]], 0.5))
    assert "have 0.000" in str(shares_of(words, [["left"], ["right"]], 0))


def test_pictures_stand_where_their_places_do(talker: TalkingModel) -> None:
    """The image's tokens replace its place, in the order of the text; a conversation goes on after them."""
    one = talker.inputs([f"Before {PLACE} after.", "yes", "And now?"], [PLACE], [picture(1)])
    text = talker.processor.tokenizer.decode(one["input_ids"][0])
    assert text == f"user: Before{'<image>' * 4}after.assistant: yesuser: And now?assistant:"
    two = talker.inputs(["{second} or {first}"], ["{first}", "{second}"], [picture(1), picture(200)])
    turned = talker.inputs(["{first} or {second}"], ["{first}", "{second}"], [picture(200), picture(1)])
    assert torch.equal(two["pixel_values"], turned["pixel_values"])


def test_an_answer_depends_on_the_picture_and_is_the_models_own(talker: TalkingModel) -> None:
    """The words' probabilities are those of the model's last logits."""
    inputs = talker.inputs([f"{PLACE} Yes or no?"], [PLACE], [picture(10)])
    words = talker.first_words(inputs, 1000)
    assert sum(share for _, share in words) == pytest.approx(1, abs=1e-5)
    with torch.inference_mode():
        expected = talker.model(**inputs).logits[0, -1].softmax(0)
    yes = [token for token in range(len(expected)) if bare(talker.processor.tokenizer.decode([token])) == "yes"]
    no = [token for token in range(len(expected)) if bare(talker.processor.tokenizer.decode([token])) == "no"]
    mass = [float(expected[tokens].sum()) for tokens in (yes, no)]
    assert shares_of(words, [["yes"], ["no"]], 0) == pytest.approx([one / sum(mass) for one in mass], abs=1e-6)
    other = talker.first_words(talker.inputs([f"{PLACE} Yes or no?"], [PLACE], [picture(200)]), 1000)
    assert other != words
    assert isinstance(talker.written(inputs, 3), str)
