"""What a request may choose among is what there is."""

import dataclasses

import pytest

from espalier_torch.decoding.draws import COMPILE_MODES
from espalier_torch.objective.divergences import DIVERGENCES
from espalier_torch.objective.dpo import LOSSES
from espalier_torch.objective.guidance import GUIDANCE_KINDS
from espalier_torch.objective.masks import MASK_POLICIES, SCORED
from espalier_torch.protocol.sections import Guidance, Masks
from espalier_torch.protocol.serve_requests import OpenRequest
from espalier_torch.protocol.train_requests import TrainRequest


@pytest.mark.parametrize(
    ("kind", "name", "known"),
    [
        (TrainRequest, "losses", LOSSES),
        (TrainRequest, "divergence", DIVERGENCES),
        (Masks, "policy", MASK_POLICIES),
        (Masks, "scored", SCORED),
        (Guidance, "kind", GUIDANCE_KINDS),
        (OpenRequest, "compile", COMPILE_MODES),
    ],
)
def test_every_choice_has_what_does_it(kind, name, known):
    (field,) = [one for one in dataclasses.fields(kind) if one.name == name]
    assert set(field.metadata["choices"]) == set(known)
