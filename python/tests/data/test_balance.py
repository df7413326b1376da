"""Steps that draw as many pairs of each task."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import StopAfter, write_pairs

from espalier_torch.data.pairs import read_pairs
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stopped
from espalier_torch.training.settings import pair_order


def plan_of(request_of, **fields):
    raw = {name: value for name, value in request_of(**fields).items() if name != "request"}
    request = build(TrainRequest, raw)
    return pair_order(request, read_pairs(request.pairs))


def test_every_step_takes_the_tasks_in_turn_and_all_pairs_come(request_of):
    plan = plan_of(request_of, balance="task", batch_pairs=7)
    seen, tasks = Counter(), []
    for step in range(14):
        indices = plan.indices(step).tolist()
        seen.update(indices)
        tasks.append(Counter(plan.pairs.tags[index] for index in indices))
    assert {frozenset(counts.values()) for counts in tasks} == {frozenset({3, 4})}
    # 8 pairs of counting and 24 of colors, 49 draws each: every pair as often as the others of its task, or once more.
    by_task = [{seen[at] for at, tag in enumerate(plan.pairs.tags) if tag == name} for name in ("counting", "colors")]
    assert by_task == [{6, 7}, {2, 3}]
    assert plan.indices(3).tolist() == plan_of(request_of, balance="task", batch_pairs=7).indices(3).tolist()
    assert plan.indices(3).tolist() != plan_of(request_of, balance="task", batch_pairs=7, seed=1).indices(3).tolist()


def test_draws_over_all_pairs_are_what_they_were(request_of):
    plain, named = plan_of(request_of), plan_of(request_of, balance="none")
    assert [plan.indices(5).tolist() for plan in (plain, named)] == [plain.order(1)[1].tolist()] * 2


def test_a_balanced_run_resumes_exactly(request_of, trained):
    raw = {"steps": 6, "balance": "task", "batch_pairs": 7, "losses": {"sigmoid": 1.0, "dpop": 1.0}}
    whole, _ = trained(request_of("whole", **raw))
    with pytest.raises(Stopped):
        trained(request_of("broken", **raw), StopAfter(3))
    broken, _ = trained(request_of("broken", **raw))
    assert broken["identity"] == whole["identity"]
    plain, _ = trained(request_of("plain", **{**raw, "balance": "none"}))
    assert plain["identity"] != whole["identity"]


def test_pairs_of_no_task_are_refused_with_their_number(request_of, trained, tmp_path):
    file = write_pairs(Path(tmp_path / "imported.arrow"))
    with pa.ipc.open_stream(file.read_bytes()) as reader:
        table = reader.read_all()
    tags = pa.array(["", "", *table.column("tag").to_pylist()[2:]])
    table = table.set_column(table.schema.get_field_index("tag"), "tag", tags)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(RequestError, match="2 of the 32 pairs are of no task"):
        trained(request_of(pairs=str(file), balance="task"))
