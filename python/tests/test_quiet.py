"""No library of ours tells its maker anything, or fetches what no folder holds."""

import os

import pytest
from huggingface_hub import constants, hf_hub_download
from huggingface_hub.errors import LocalEntryNotFoundError

from espalier_torch import QUIET


def test_the_package_sets_the_variables_before_any_library_reads_them() -> None:
    assert len(QUIET) >= 6
    assert {name: os.environ.get(name) for name in QUIET} == QUIET
    assert constants.HF_HUB_DISABLE_TELEMETRY
    assert constants.HF_HUB_OFFLINE
    with pytest.raises(LocalEntryNotFoundError):
        hf_hub_download("nobody/nothing", "config.json")
