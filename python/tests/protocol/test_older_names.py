"""The command line takes settings by the names they were recorded under, by paths, and by those of pipelines."""

import pytest

from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.older_names import renewed
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"mask_policy": "own-path", "ema_decay": 0.9}, {"masks": {"policy": "own-path"}, "average_decay": 0.9}),
        (
            {"masks.policy": "own-path", "heldOut.share": 0.1},
            {"masks": {"policy": "own-path"}, "held_out": {"share": 0.1}},
        ),
        ({"masks": {"draws": 4}, "mask_policy": "random"}, {"masks": {"draws": 4, "policy": "random"}}),
        ({"adapter_rank": 4, "adapter": "lora", "adapter_start": "fresh"}, {"adapter": {"rank": 4}}),
        ({"adapter_rank": 4, "adapter": "none"}, {"adapter": None}),
        ({"adapter.rank": 4}, {"adapter": {"rank": 4}}),
        ({"guidance_coefficient": 0.2, "reference_mixup": 0.5}, {}),
        ({"guidance_judge": "j", "guidance_draws": 3}, {"guidance": {"judge": "j", "draws": 3}}),
        ({"reference_sync_steps": 5}, {"reference_sync": {"every": 5}}),
    ],
)
def test_every_name_finds_its_section(given, asked):
    assert renewed(given) == asked


def test_a_carried_adapter_needs_what_it_sits_on():
    with pytest.raises(RequestError, match="belongs together with adapter_base"):
        renewed({"adapter": "lora", "adapter_start": "carried"})


def test_json_may_have_the_names_of_a_pipeline_or_of_python():
    places = {"pairs": ["p"], "generator": "g", "out": "o"}
    camel = build(TrainRequest, {**places, "heldOut": {"share": 0.1}, "batchPairs": 4})
    assert camel == build(TrainRequest, {**places, "held_out": {"share": 0.1}, "batch_pairs": 4})
    with pytest.raises(RequestError, match=r"masks\.drows'; did you mean 'draws'.*masks\.policy is 'all'"):
        build(TrainRequest, {**places, "masks": {"policy": "all", "drows": 2}})
