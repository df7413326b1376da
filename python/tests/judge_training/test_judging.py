"""A judge learns what its samples answer, leaves out what they do not, and resumes bit for bit."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from conftest import CODES, REPOSITORY, TOKENS, WORDS, lists, tiny_generator

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.bundled.judge import Judge, load_judge
from espalier_torch.judge_training.batches import PROMPT_SAMPLES, SamplePlan
from espalier_torch.judge_training.loss import answer_loss, ranking_loss, reason_loss
from espalier_torch.judge_training.questions_and_reasons import NOT_ASKED, QUESTIONS, REASONS
from espalier_torch.judge_training.run import train_judge
from espalier_torch.judge_training.samples import read_samples
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.runtime.stopping import Stop, Stopped, TrainingFailed

OUTCOME, CLARITY = QUESTIONS.index("outcome"), QUESTIONS.index("clarity")


def write_samples(file: Path, count: int = 96, seed: int = 3) -> Path:
    """Images whose outcome is yes where the first token is in the upper half; clarity is never asked."""
    generator = np.random.default_rng(seed)
    tokens = generator.integers(0, CODES, (count, TOKENS))
    tokens[:, :32] = np.where(generator.random((count, 1)) < 0.5, CODES - 1, 0)
    answers = np.full((count, len(QUESTIONS)), NOT_ASKED)
    answers[:, OUTCOME] = tokens[:, 0] > CODES // 2
    reasons = np.zeros((count, len(REASONS)), dtype=int)
    reasons[:, 0] = answers[:, OUTCOME] == 0
    columns = {
        "prompt_id": pa.array([f"prompt-{index % 6}" for index in range(count)]),
        "prompt": pa.array([f"prompt-{index % 6}" for index in range(count)]),
        "tag": pa.array(["counting" if index % 6 < 2 else "colors" for index in range(count)]),
        "text": lists(generator.integers(1, WORDS, (count, 8)), pa.uint16()),
        "tokens": lists(tokens, pa.uint16()),
        "settled": lists(generator.integers(0, 2, (count, TOKENS)), pa.uint8()),
        "answers": lists(answers, pa.uint8()),
        "reasons": lists(reasons, pa.uint8()),
    }
    table = pa.table(columns)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return file


@pytest.fixture
def request_of(tmp_path: Path, base: Path):
    """Makes a short request; keyword arguments override its fields."""
    samples = write_samples(tmp_path / "samples.arrow")

    def made(name: str = "judge", **fields) -> JudgeTrainRequest:
        plain = {"samples": [str(samples)], "generator": str(base), "out": str(tmp_path / name), "threads": 1}
        return JudgeTrainRequest(**{**plain, "steps": 6, "batch": 16, "checkpoint_every": 2, **fields})

    return made


def test_the_sample_file_of_the_contract_is_read():
    samples = read_samples([REPOSITORY / "test/contract/judge.arrow"])
    assert samples.tasks == ["counting", "colors"]
    assert samples.prompts.tolist() == [0, 0, 1]
    assert samples.answers.tolist() == [[255, 1, 1, 0, 255], [0, 0, 255, 255, 0], [1, 1, 1, 1, 1]]
    assert samples.reasons[1].nonzero().flatten().tolist() == [REASONS.index("first too few")]
    assert samples.settled[0].tolist() == [1, 0, 1, 0]
    assert samples.answered() == {"outcome": 2, "process": 3, "clarity": 2, "potential": 2, "reflection": 2}


def test_only_asked_questions_cost_something_and_each_weighs_the_same():
    logits = torch.zeros(3, 5)
    answers = torch.full((3, 5), NOT_ASKED, dtype=torch.uint8)
    assert answer_loss(logits, answers) == 0
    answers[:, OUTCOME] = torch.tensor([1, 1, 0])
    answers[0, CLARITY] = 0
    logits[0, CLARITY] = 2.0
    # log 2 for each outcome; softplus(2) = 2.1269 for the one clarity.
    assert answer_loss(logits, answers).item() == pytest.approx((0.6931 + 2.1269) / 2, abs=1e-4)
    logits[:, 1] = 50.0
    assert answer_loss(logits, answers).item() == pytest.approx((0.6931 + 2.1269) / 2, abs=1e-4)


def test_ranking_compares_a_yes_with_the_nos_of_its_prompt_only():
    logits = torch.zeros(4, 5)
    logits[:, OUTCOME] = torch.tensor([1.0, -1.0, 5.0, 0.0])
    logits[:, CLARITY] = torch.tensor([-9.0, 9.0, 9.0, 9.0])
    answers = torch.full((4, 5), NOT_ASKED, dtype=torch.uint8)
    answers[:, OUTCOME] = torch.tensor([1, 0, 0, NOT_ASKED])
    answers[:, CLARITY] = torch.tensor([1, 0, 0, 0])
    # One pair, of prompt 0: softplus(-1 - 1) = 0.1269. Prompt 1 has no yes, and clarity is not ranked.
    prompts = torch.tensor([0, 0, 1, 0])
    assert ranking_loss(logits, answers, prompts).item() == pytest.approx(0.1269, abs=1e-4)
    assert ranking_loss(logits, answers, torch.arange(4)) == 0


def test_reasons_count_where_reflection_is_asked():
    logits, reasons = torch.zeros(2, len(REASONS)), torch.zeros(2, len(REASONS), dtype=torch.uint8)
    answers = torch.full((2, 5), NOT_ASKED, dtype=torch.uint8)
    assert reason_loss(logits, reasons, answers) == 0
    answers[0, QUESTIONS.index("reflection")] = 0
    logits[1] = 40.0
    assert reason_loss(logits, reasons, answers).item() == pytest.approx(10 * 0.6931, abs=1e-3)


def test_a_step_has_its_samples_whatever_came_before(tmp_path):
    samples = read_samples([write_samples(tmp_path / "samples.arrow")])
    plan = SamplePlan(samples, 32, 7, torch.device("cpu"))
    rows = plan.indices(5)
    assert torch.equal(rows, SamplePlan(samples, 32, 7, torch.device("cpu")).indices(5))
    assert not torch.equal(rows, plan.indices(6))
    assert len(rows) == 32
    for group in rows.split(PROMPT_SAMPLES):
        assert len(set(samples.prompts[group].tolist())) == 1
        assert len(set(group.tolist())) == PROMPT_SAMPLES
    drawn = [samples.tasks[int(samples.prompts[group[0]])] for s in range(60) for group in plan.indices(s).split(8)]
    # Two tasks take turns by chance, though one has twice the prompts.
    assert 80 < drawn.count("counting") < 160


def test_a_judge_learns_and_its_checkpoint_says_what_made_it(request_of):
    events = []
    record = train_judge(request_of(steps=60, batch=32, learning_rate=5e-3), events.append, Stop())
    losses = [event["loss/answers"] for event in events if event["event"] == "judge-step-end"]
    assert len(losses) == 60
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    assert record["questions"] == QUESTIONS
    assert record["reasons"] == REASONS
    assert record["training"]["samples"]["answers"]["outcome"] == 96
    judge, _ = load_judge(events[-1]["folder"])
    text = torch.ones(2, 8, dtype=torch.long)
    tokens = torch.stack([torch.full((TOKENS,), CODES - 1), torch.zeros(TOKENS, dtype=torch.long)])
    yes, no = judge(text, tokens)[:, OUTCOME].tolist()
    assert yes > no


def test_a_killed_run_ends_in_the_same_weights(request_of):
    whole = train_judge(request_of("whole"), lambda event: None, Stop())
    stop = Stop()

    def stop_at_three(event):
        if event.get("step") == 3:
            stop.reason = "SIGTERM"

    with pytest.raises(Stopped):
        train_judge(request_of("killed"), stop_at_three, stop)
    events = []
    resumed = train_judge(request_of("killed"), events.append, Stop())
    assert events[0]["step"] == 3
    assert resumed["identity"] == whole["identity"]
    again = []
    train_judge(request_of("killed"), again.append, Stop())
    assert [event["event"] for event in again] == ["train-end"]
    with pytest.raises(RequestError, match="already holds another checkpoint"):
        train_judge(request_of("killed", seed=1), lambda event: None, Stop())


def test_a_judge_goes_on_from_an_older_one(request_of, tmp_path):
    old = Judge.from_generator(tiny_generator(), questions=1)
    with torch.no_grad():
        old.answer.bias.fill_(0.75)
    write_checkpoint(
        tmp_path / "old", "judge", old, exports=[], parents=[], training={}, extra={"questions": ["outcome"]}
    )
    record = train_judge(request_of(start=str(tmp_path / "old"), steps=0), lambda event: None, Stop())
    judge, _ = load_judge(tmp_path / "judge")
    text, tokens = torch.ones(3, 8, dtype=torch.long), torch.randint(CODES, (3, TOKENS))
    before, after = old.eval()(text, tokens), judge(text, tokens)
    # Questions it was never asked start as the outcome did; settled tokens change nothing yet.
    for column in range(len(QUESTIONS)):
        assert torch.allclose(after[:, column], before[:, 0], atol=1e-6)
    assert torch.equal(judge(text, tokens, torch.zeros(3, TOKENS)), after)
    assert len(record["parents"]) == 2


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("answers", 7, "expected 0 .no., 1 .yes. or 255"),
        ("tokens", CODES, "the judge knows 0 to"),
        ("text", WORDS, "the judge knows 0 to"),
    ],
)
def test_samples_that_do_not_fit_are_refused(request_of, tmp_path, column, value, message):
    with pa.OSFile(str(tmp_path / "samples.arrow")) as source, pa.ipc.open_stream(source) as reader:
        table = reader.read_all()
    numbers = np.stack(table[column].to_numpy())
    numbers[4, 2] = value
    index = table.schema.get_field_index(column)
    changed = table.set_column(index, column, lists(numbers, table.schema.field(index).type.value_type))
    with pa.OSFile(str(tmp_path / "wrong.arrow"), "wb") as sink, pa.ipc.new_stream(sink, changed.schema) as writer:
        writer.write_table(changed)
    with pytest.raises(RequestError, match=message):
        train_judge(request_of(samples=[str(tmp_path / "wrong.arrow")]), lambda event: None, Stop())


def test_a_missing_or_cut_file_is_refused(request_of, tmp_path):
    with pytest.raises(RequestError, match="No sample file at"):
        train_judge(request_of(samples=["/nowhere.arrow"]), lambda event: None, Stop())
    cut = tmp_path / "cut.arrow"
    cut.write_bytes((tmp_path / "samples.arrow").read_bytes()[:100])
    with pytest.raises(RequestError, match="not a whole Arrow stream"):
        train_judge(request_of(samples=[str(cut)]), lambda event: None, Stop())


def test_a_judge_that_is_ruined_is_told(request_of):
    with pytest.raises(TrainingFailed, match=r"collapsed.*Lower learning_rate \(it is 1e\+06\)"):
        train_judge(request_of(steps=2, learning_rate=1e6), [].append, Stop())
