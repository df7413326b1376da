"""The loop that ours is timed against does what the released trainer does, and the noise of masks is measured truly."""

import argparse
from pathlib import Path

import pytest
import torch
from conftest import tiny_generator, write_pairs
from golden_showo import layout, tiny_showo

from espalier_torch.benchmark.gradient_variance import DEFAULT, KINDS, RELEASED, STRATIFIED, gradient_noise
from espalier_torch.benchmark.measured_models import SMALL_SHOWO, captions_and_images, write_images, write_showo
from espalier_torch.benchmark.plain_trainer import BundledRows, PlainTrainer, ShowoRows
from espalier_torch.benchmark.timed_loops import time_our_loop, time_plain_loop
from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.data.pairs import read_pairs
from espalier_torch.families.bundled.tokenizer import Tokenizer, TokenizerConfig
from espalier_torch.families.showo.layout import IGNORED
from espalier_torch.families.showo.magvit import Magvit, MagvitConfig
from espalier_torch.objective.masked_likelihood import scored_log_probabilities


def tiny_tokenizer() -> Tokenizer:
    torch.manual_seed(4)
    return Tokenizer(TokenizerConfig(codebook_size=24, code_width=4, width=8)).eval()


def test_the_plain_loop_sums_what_ours_sums_on_the_bundled_generator():
    model, tokenizer = tiny_generator(), tiny_tokenizer()
    trainer = PlainTrainer(model, BundledRows(model, tokenizer), 0.1, 1e-3, dropout=0.0)
    torch.manual_seed(1)
    text, images = torch.randint(1, 20, (4, 8)), torch.randint(256, (4, 64, 64, 3), dtype=torch.uint8)
    texts, masked, labels = trainer.prepared(text, images)
    with torch.no_grad():
        plain, logits = trainer.log_likelihoods(model, texts, masked, labels)
        scored = labels[:, 8:] != IGNORED
        tokens = torch.where(scored, labels[:, 8:], masked)
        ours = scored_log_probabilities(model, texts, tokens, scored, scored, 24)
    assert logits.shape == (4, 8 + 64, 24) and 0 < scored.float().mean() < 1
    torch.testing.assert_close(plain, ours, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("family", ["bundled", "show-o"])
def test_the_plain_loop_trains_and_leaves_its_reference_alone(family):
    torch.manual_seed(2)
    if family == "bundled":
        model = tiny_generator()
        way, side, text = BundledRows(model, tiny_tokenizer()), 64, torch.randint(1, 20, (4, 8))
    else:
        model = tiny_showo()
        magvit = Magvit(MagvitConfig(32, (1, 1, 1), (1, 1, 1), (1, 1, 1), (1, 1, 1), bits=6)).eval()
        way, side = ShowoRows(model, magvit), 16
        text = torch.stack([layout().text_row([1 + index]) for index in range(4)])
    trainer = PlainTrainer(model, way, 0.1, 1e-3, dropout=0.1)
    before = [one.clone() for one in trainer.reference.parameters()]
    sides = [torch.randint(256, (4, side, side, 3), dtype=torch.uint8) for _ in range(2)]
    losses = [trainer.step(text, *sides) for _ in range(2)]
    assert losses[0] == pytest.approx(0.6931, abs=1e-3) and losses[1] != losses[0]
    assert all(torch.equal(*pair) for pair in zip(before, trainer.reference.parameters(), strict=True))
    tiny_showo.cache_clear()  # this test trained the cached one


def test_both_loops_are_timed_on_a_folder(tmp_path: Path):
    write_pairs(tmp_path / "pairs.arrow", count=8)
    for kind, model in (("generator", tiny_generator()), ("tokenizer", tiny_tokenizer())):
        write_checkpoint(tmp_path / kind, kind, model, exports=[], parents=[], training={})
    write_images(tmp_path, str(tmp_path / "tokenizer"))
    arguments = argparse.Namespace(
        generator=str(tmp_path / "generator"), tokenizer=str(tmp_path / "tokenizer"), material=str(tmp_path),
        batch=4, micro=None, steps=1,
    )  # fmt: skip
    ours, plain = time_our_loop(arguments), time_plain_loop(arguments)
    assert ours["pairs_per_second"] > ours["pairs_per_second_first_run"] > 0 and plain["pairs_per_second"] > 0
    assert ours["micro_pairs"] == 4


def test_the_small_show_o_is_written_with_pairs_that_fit_it(tmp_path: Path):
    write_showo(tmp_path, count=4)
    write_images(tmp_path, None)
    text, chosen, rejected = captions_and_images(tmp_path)
    sizes, pairs = SMALL_SHOWO.layout, read_pairs([tmp_path / "pairs.arrow"])
    assert text.shape == (4, sizes.text_length) and torch.equal(text[0], text[1])
    assert chosen.shape == rejected.shape == (4, 64, 64, 3)
    assert pairs.chosen_tokens.shape == (4, sizes.image_tokens) and int(pairs.chosen_tokens.max()) < sizes.codebook_size


def test_shared_and_stratified_masks_have_less_noise_than_independent_ones(tmp_path: Path):
    pairs = read_pairs([write_pairs(tmp_path / "pairs.arrow", count=4)])
    found = gradient_noise(tiny_generator(), tiny_generator(), pairs, draws=2, seeds=6)
    assert found.keys() == KINDS.keys() and all(one["variance"] > 0 for one in found.values())
    noise = {name: one["variance"] for name, one in found.items()}
    assert noise[STRATIFIED] < noise["shared"] < noise[RELEASED]
    assert DEFAULT in noise
