"""Pre-training on rendered scenes: captions, grounding, partly drawn scenes, and runs that stop and go on."""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from conftest import CODES, TOKENS, lists

from espalier_torch.checkpoints.checkpoint_folder import read_checkpoint, write_checkpoint
from espalier_torch.families.bundled.judge import load_judge
from espalier_torch.families.bundled.tokenizer import Tokenizer, TokenizerConfig
from espalier_torch.judge_training.questions_and_reasons import NOT_ASKED, QUESTIONS
from espalier_torch.pretrain import generator_task, judge_task, next_token_task, train
from espalier_torch.pretrain.falsehoods import by_kind
from espalier_torch.pretrain.grounding import OUTPUTS, grounding_loss
from espalier_torch.pretrain.judge_task import scene_batch
from espalier_torch.pretrain.partly_drawn import views
from espalier_torch.pretrain.run import Run
from espalier_torch.pretrain.tokenised import NO_PLACE, Scenes


def write_scenes(file: Path, rows: int = 64) -> Path:
    """Two objects a scene, in opposite corners, made of codes 1 and 2; captions "1 2", and false "2 1" and "1 3"."""
    tokens = np.zeros((rows, 8, 8), dtype=int)
    tokens[:, 0:3, 0:3], tokens[:, 5:8, 4:7] = 1, 2
    one = [1, 2, *[0] * 6]
    wrong = [[2, 1, *[0] * 6], [1, 3, *[0] * 6], [2, 1, *[0] * 6], [1, 4, *[0] * 6]]
    phrases = [[1, 2, 0, 0], [2, 1, 0, 0], [1, 0, 0, 0], [2, 1, 0, 0], [1, 0, 0, 0]]
    repeated = {
        "text": one,
        "wrong_texts": np.ravel(wrong),
        "falsehoods": [0, 1, 0, 1],
        "reasons": [1, 32, 1, 32],
        "places": [9, 53, NO_PLACE, NO_PLACE],
        "phrases": np.ravel(phrases),
    }
    columns = {name: lists(np.tile(np.array(list_), (rows, 1)), pa.uint16()) for name, list_ in repeated.items()}
    table = pa.table({"tokens": lists(tokens.reshape(rows, -1), pa.uint16()), **columns})
    about = {"falsehoods": json.dumps(["swapped", "other"]), "tokenizer": "tiny"}
    table = table.replace_schema_metadata(about)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return file


@pytest.fixture
def scenes(tmp_path: Path) -> Scenes:
    return Scenes(write_scenes(tmp_path / "scenes.arrow"))


def source(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_each_token_is_grounded_in_the_phrase_that_the_caption_names_it_by(scenes: Scenes) -> None:
    rows = torch.tensor([0, 1, 2])
    about = scenes.captioned(rows, torch.tensor([0, 1, 2]))
    true, swapped, other = about.phrases.view(3, 8, 8)
    assert true[:3, :3].eq(1).all() and true[5:, 4:7].eq(2).all() and int(true.gt(0).sum()) == 18
    assert torch.equal(swapped[:3, :3], true[5:, 4:7]) and swapped[5:, 4:7].eq(1).all()
    assert other[:3, :3].eq(1).all() and int(other.gt(0).sum()) == 9
    assert about.centres.nonzero().tolist() == [[row, place] for row in range(3) for place in (9, 53)]
    assert about.reasons.tolist() == [0, 1, 32]


def test_kinds_of_falsehoods_come_as_often_as_asked(scenes: Scenes) -> None:
    rows = torch.zeros(4000, dtype=torch.int64)
    chosen = scenes.false_captions(rows, {"swapped": 3.0}, source())
    assert set(chosen.tolist()) == {1, 2, 3, 4}
    share = scenes.falsehoods[0][chosen - 1].eq(0).float().mean().item()
    assert abs(share - 0.75) < 0.03
    with pytest.raises(ValueError, match="No falsehood is called 'mixed'; the scenes have swapped, other"):
        scenes.false_captions(rows, {"mixed": 2}, source())


def test_scenes_of_an_older_release_are_told_apart(tmp_path: Path) -> None:
    table = pa.table({"tokens": lists(np.zeros((2, TOKENS), dtype=int), pa.uint16())})
    with pa.OSFile(str(tmp_path / "old.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(ValueError, match=r"old\.arrow lacks text, wrong_texts, .*render and tokenise again"):
        Scenes(tmp_path / "old.arrow")


def test_grounding_costs_nothing_where_it_is_right_and_much_where_things_are_exchanged(scenes: Scenes) -> None:
    about = scenes.captioned(torch.tensor([0]), torch.tensor([0]))
    right = torch.nn.functional.one_hot(about.phrases, OUTPUTS).float() * 20
    right[..., -1] = torch.where(about.centres, 20.0, -20.0)
    assert grounding_loss(right, about) < 1e-3
    exchanged = replace(about, phrases=(3 - about.phrases) * about.phrases.gt(0))
    assert grounding_loss(right, exchanged) > 5


def test_a_part_shows_another_scene_where_an_object_is_missed_and_is_clear_where_none_is(scenes: Scenes) -> None:
    scenes.tokens[32:] = 7  # what the others show
    rows = torch.zeros(400, dtype=torch.int64)
    shown = views(scenes, rows, 0.75, source())
    changed = shown.tokens != scenes.tokens[0]
    assert 0.7 < (~shown.whole).float().mean() < 0.8
    assert not (changed & shown.settled).any() and not changed[shown.whole].any()
    covered = scenes.covered(scenes.places[:1].long())[0, :2]
    assert not (changed & ~covered.any(0)).any()
    assert torch.equal(shown.clear, ~changed.any(1))  # one of two objects is less than two thirds
    assert 0.3 < shown.clear[~shown.whole].float().mean() < 0.9
    assert shown.settled[shown.whole].all() and not shown.settled[~shown.whole].all(1).any()


def test_both_captions_of_a_scene_answer_what_can_be_asked_of_its_view(scenes: Scenes) -> None:
    rows = torch.arange(40)
    scenes.tokens[20:] = 7
    shown = views(scenes, rows, 0.5, source())
    about = scenes.captioned(rows.repeat(2), torch.arange(80).ge(40).long())
    asked = scene_batch(shown, about)
    answers = dict(zip(QUESTIONS, asked.answers.T, strict=True))
    for rows_, truth in ((slice(0, 40), 1), (slice(40, 80), 0)):
        for question in ("outcome", "reflection"):
            expected = torch.where(shown.whole, truth, NOT_ASKED)
            assert torch.equal(answers[question][rows_].long(), expected)
        assert answers["process"][rows_].eq(truth).all()
        assert torch.equal(answers["clarity"][rows_].bool(), shown.clear)
        assert torch.equal(answers["potential"][rows_].long(), torch.where(shown.clear, truth, NOT_ASKED))
    assert asked.reasons[:40].sum() == 0 and asked.reasons[40:, 0].all()
    assert asked.prompts.tolist() == list(range(40)) * 2


def test_a_bag_of_words_is_at_chance_where_the_words_are_the_same(scenes: Scenes) -> None:
    def bag(text: torch.Tensor, *_: object) -> torch.Tensor:
        return text.eq(2).any(1).float()

    assert by_kind(scenes, bag, 50) == {"swapped": {"told": 0.5, "scenes": 50}, "other": {"told": 1.0, "scenes": 50}}


def recipe_of(folder: Path, **settings: object) -> Path:
    scenes = write_scenes(folder / "scenes.arrow")
    plain = {"scenes": str(scenes), "validation": str(scenes), "samples": 48, "batch": 8, "look": 16, "rise": 8}
    file = folder / "recipe.json"
    file.write_text(json.dumps({**plain, "start": str(folder / "base"), **settings}))
    return file


def tiny_tokenizer(folder: Path) -> Path:
    """A checkpoint folder of a random image tokenizer of the tiny generator's sizes."""
    torch.manual_seed(4)
    model = Tokenizer(TokenizerConfig(codebook_size=CODES, code_width=4, width=4))
    write_checkpoint(folder / "tokenizer", "tokenizer", model, exports=[], parents=[], training={})
    return folder / "tokenizer"


def run_command(monkeypatch: pytest.MonkeyPatch, recipe: Path, out: Path) -> int:
    monkeypatch.setattr(sys, "argv", ["train", "--recipe", str(recipe), "--out", str(out), "--threads", "1"])
    return train.main()


@pytest.mark.parametrize("model", ["judge", "generator", "next-token generator"])
def test_a_run_that_is_stopped_goes_on_bit_for_bit(
    base: Path, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exports = {judge_task: "export_judge", generator_task: "export_generator", next_token_task: "export_next_token"}
    for module, export in exports.items():
        monkeypatch.setattr(module, export, lambda _, folder: folder.mkdir(parents=True) or [])
    # A next-token generator cannot start from the masked one.
    own = {"start": None, "tokenizer": str(tiny_tokenizer(tmp_path))} if model == "next-token generator" else {}
    recipe = recipe_of(tmp_path, model=model, labelled=None, **own)
    assert run_command(monkeypatch, recipe, tmp_path / "whole") == 0

    one_step = Run.one_step

    def interrupted(run: Run) -> float:
        if run.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return one_step(run)

    monkeypatch.setattr(Run, "one_step", interrupted)
    assert run_command(monkeypatch, recipe, tmp_path / "stopped") == 130
    assert "stopped after 32 samples" in capsys.readouterr().err
    assert not (tmp_path / "stopped").exists()
    monkeypatch.setattr(Run, "one_step", one_step)
    assert run_command(monkeypatch, recipe, tmp_path / "stopped") == 0

    whole, stopped = (read_checkpoint(tmp_path / name, model.rsplit(maxsplit=1)[-1]) for name in ("whole", "stopped"))
    assert stopped["identity"] == whole["identity"] != read_checkpoint(base, "generator")["identity"]
    assert stopped["training"] == {**whole["training"], "versions": stopped["training"]["versions"]}
    curves = [(tmp_path / f"{name}.work" / "curve.jsonl").read_text() for name in ("whole", "stopped")]
    assert curves[0] == curves[1]
    looks = [json.loads(line) for line in curves[0].splitlines()]
    assert [look["samples"] for look in looks] == [16, 32, 48]
    assert whole["training"]["best"]["validation_loss"] == pytest.approx(
        min(look["validation_loss"] for look in looks), abs=1e-4
    )


def test_another_recipe_does_not_go_on_from_this_ones_state(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(monkeypatch, recipe_of(tmp_path, model="judge", samples=8), tmp_path / "out") == 0
    judge, record = load_judge(tmp_path / "out")
    assert judge.config.grounding == OUTPUTS and record["questions"] == QUESTIONS
    assert run_command(monkeypatch, recipe_of(tmp_path, model="judge", samples=8, seed=2), tmp_path / "out") == 2
    assert "half-finished run by another recipe" in capsys.readouterr().err
    assert run_command(monkeypatch, recipe_of(tmp_path, model="jury", batsh=3), tmp_path / "out") == 2
    assert "unknown key 'batsh'" in capsys.readouterr().err


def test_grounding_goes_on_where_an_earlier_run_left_it(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_command(monkeypatch, recipe_of(tmp_path, model="generator", samples=8), tmp_path / "base2") == 0
    first = Run(train.read_recipe(recipe_of(tmp_path, model="generator")), tmp_path / "w", torch.device("cpu"))
    second = Run(
        train.read_recipe(recipe_of(tmp_path, model="generator", start=str(tmp_path / "base2"), seed=9)),
        tmp_path / "w",
        torch.device("cpu"),
    )
    kept = generator_task.load_file(tmp_path / "base2" / generator_task.HEAD)["weight"]
    assert torch.equal(second.model.ground.weight, kept) and not torch.equal(first.model.ground.weight, kept)
