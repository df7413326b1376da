"""A person's own generator: the example of the documentation, and what is said of one that is wrong."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from espalier_torch.families.own.served import generator
from espalier_torch.protocol.drawn_requests import OpenDrawerRequest, PathsForkRequest, PathsOpenRequest
from espalier_torch.serving.drawer import Drawer

PAGE = Path(__file__).parents[4] / "docs" / "own-generators.md"


def request(place, **settings):
    """Asks for a generator of a file."""
    return OpenDrawerRequest(**{"family": "python", "generator": place, "steps": 4, "guidance_scale": 1.0, **settings})


@pytest.fixture
def blots(tmp_path):
    """The example's file."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    assert len(code.splitlines()) <= 45
    (tmp_path / "blots.py").write_text(code)
    return f"{tmp_path / 'blots.py'}:Blots"


def test_the_example_draws_pictures_that_do_not_depend_on_their_company(blots):
    made = generator(request(blots), torch.device("cpu"), torch.float32)
    states = made.open(["a red cup", "a blue dog"], [1, 2])
    alone = made.open(["a blue dog"], [2])
    for _ in range(4):
        states, alone = made.advance(states), made.advance(alone)
        shown = made.preview(states)
    assert np.array_equal(made.finish(states)[1], made.finish(alone)[0])
    red, blue = (picture.reshape(-1, 3).mean(0) for picture in made.finish(states))
    assert red[0] > red[2] and blue[2] > blue[0]
    assert shown[0].shape == (32, 32, 3) and shown[0].dtype == np.uint8


def test_the_worker_keeps_its_paths(blots):
    drawer = Drawer()
    opened = drawer.open(request(blots))
    assert len(opened["generator"]) == 64 and opened["evaluations_a_step"] == 1
    drawer.begin(PathsOpenRequest(paths=[1], prompts=["a red cup"], seeds=[5]))
    drawer.fork(PathsForkRequest(path=2, source=1, step=0, earlier=0, seed=6, share=0.5))
    assert drawer.steps == {1: 0, 2: 0}
    assert not np.array_equal(drawer.state(1)[2], drawer.state(2)[2])


def test_whole_pictures_at_once_take_one_step(tmp_path):
    code = "import numpy as np\nclass Once:\n    def __init__(self, settings): pass\n"
    code += "    def generate(self, prompts, seeds): return [np.full((4, 4, 3), seed, np.uint8) for seed in seeds]\n"
    (tmp_path / "once.py").write_text(code)
    place = f"{tmp_path / 'once.py'}:Once"
    made = generator(request(place, steps=1), torch.device("cpu"), torch.float32)
    (picture,) = made.finish(made.advance(made.open(["a"], [7])))
    assert (picture == 7).all()
    with pytest.raises(ValueError, match="no fork"):
        made.fork(None, 0, 0, 1, 0.5)
    with pytest.raises(ValueError, match=r"sampler\.steps to 1"):
        generator(request(place), torch.device("cpu"), torch.float32)


def test_says_what_is_wrong_with_a_file(tmp_path):
    (tmp_path / "bad.py").write_text("class Half:\n    def __init__(self, settings): pass\n    def open(self): pass\n")
    with pytest.raises(ValueError, match="lacks advance, preview, finish"):
        generator(request(f"{tmp_path / 'bad.py'}:Half"), torch.device("cpu"), torch.float32)
    with pytest.raises(ValueError, match="to have 'Whole'"):
        generator(request(f"{tmp_path / 'bad.py'}:Whole"), torch.device("cpu"), torch.float32)
    (tmp_path / "bad.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(ValueError, match="cannot be loaded: ModuleNotFoundError"):
        generator(request(f"{tmp_path / 'bad.py'}:Half"), torch.device("cpu"), torch.float32)


def test_a_checkpoint_that_a_trainer_left_is_told_to_the_code(tmp_path):
    code = "import numpy as np\nclass Kept:\n    def __init__(self, settings): self.left = settings['checkpoint']\n"
    code += "    def generate(self, prompts, seeds): return [np.full((4, 4, 3), len(self.left or ''), np.uint8)]\n"
    (tmp_path / "kept.py").write_text(code)
    place = f"{tmp_path / 'kept.py'}:Kept"
    left = tmp_path / "left"
    left.mkdir()
    record = {"format": 1, "kind": "generator", "family": "python", "identity": "a" * 64}
    (left / "checkpoint.json").write_text(json.dumps(record))
    made = generator(request(place, steps=1, checkpoint=str(left)), torch.device("cpu"), torch.float32)
    plain = generator(request(place, steps=1), torch.device("cpu"), torch.float32)
    assert made.identity == "a" * 64 != plain.identity
    (picture,) = made.finish(made.advance(made.open(["a"], [7])))
    assert (picture == len(str(left))).all()
