"""Paths of diffusers' pipelines: the same as its own calls, whatever they share a batch with."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

pytest.importorskip("diffusers")  # It needs Python 3.11.

from tiny_pipelines import NAMES, tiny_decoder, tiny_pipeline

from espalier_torch.families.diffusers.generator import DiffusersGenerator
from espalier_torch.families.diffusers.layout import pipeline_identity
from espalier_torch.families.diffusers.pipeline import architecture_of, load_pipeline, load_tiny_decoder
from espalier_torch.families.diffusers.schedules import chosen

NOISED = ("ddim", "euler", "euler-ancestral", "dpm-solver++")
SCHEDULERS = {"sd": NOISED, "sdxl": NOISED, "sd3": ("flow-euler",), "flux": ("flow-euler",)}
CASES = [(name, scheduler) for name in NAMES for scheduler in ("pipeline", *SCHEDULERS[name])]
ASKED = (("a red cup", 3), ("two dogs", 4))
STEPS, SCALE = 4, 3.0


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder of each pipeline."""
    root = tmp_path_factory.mktemp("pipelines")
    return {name: tiny_pipeline(name, root / name) for name in NAMES}


@pytest.fixture(scope="module")
def pipelines(folders):
    """Each pipeline, loaded once."""
    return {name: load_pipeline(folder, torch.device("cpu"), torch.float32) for name, folder in folders.items()}


def generator(pipeline, **settings):
    """Paths of a pipeline."""
    return DiffusersGenerator(
        architecture_of(pipeline), "0" * 64, **{"steps": STEPS, "guidance_scale": SCALE, "size": (32, 32), **settings}
    )


def run(made, paths):
    """Paths after their last step."""
    while any(path.step < STEPS for path in paths):
        todo = [place for place, path in enumerate(paths) if path.step < STEPS]
        for place, moved in zip(todo, made.advance([paths[place] for place in todo]), strict=True):
            paths[place] = moved
    return paths


@pytest.mark.parametrize(("name", "scheduler"), CASES)
def test_paths_are_those_of_diffusers_own_call(pipelines, name, scheduler):
    pipeline = pipelines[name]
    own = pipeline.scheduler
    made = generator(pipeline, scheduler=scheduler)
    paths = made.open(*zip(*ASKED, strict=True))
    # At different steps in one batch.
    paths = run(made, [made.advance(paths[:1])[0], paths[1]])
    pipeline.scheduler = chosen(scheduler, own)
    try:
        for path, (prompt, seed) in zip(paths, ASKED, strict=True):
            asked = {"num_inference_steps": STEPS, "guidance_scale": SCALE, "height": 32, "width": 32}
            random = torch.Generator().manual_seed(seed)
            latents = pipeline(prompt, generator=random, output_type="latent", **asked).images
            torch.testing.assert_close(path.latents, latents, atol=1e-4, rtol=0)
    finally:
        pipeline.scheduler = own
    pictures = made.finish(paths)
    assert [one.shape for one in pictures] == [(32, 32, 3)] * 2
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() > 8


@pytest.mark.parametrize("name", NAMES)
def test_the_clean_picture_is_what_the_scheduler_takes_it_for(pipelines, name):
    made = generator(pipelines[name])
    (path,) = made.open(["a red cup"], [1])
    torch.manual_seed(0)
    clean, output_noise = torch.randn_like(path.latents), torch.randn_like(path.latents)
    for step in range(STEPS):
        level = made.schedule.level(step)
        size = (level.signal**2 + level.noise**2) ** 0.5
        noisy = level.signal * clean + level.noise * output_noise
        said = {
            "sd": output_noise,
            "sdxl": (level.signal * output_noise - level.noise * clean) / size,
            "sd3": output_noise - clean,
            "flux": output_noise - clean,
        }[name]
        torch.testing.assert_close(made.schedule.clean(said, noisy, step), clean, atol=2e-4, rtol=1e-3)


def test_previews_come_from_the_last_step_and_the_end_is_the_picture(pipelines, tmp_path):
    made = generator(pipelines["sd"], preview_decoder=load_tiny_decoder(tiny_decoder(tmp_path), torch.device("cpu")))
    (path,) = made.open(["a red cup"], [1])
    with pytest.raises(ValueError, match="no step"):
        made.preview([path])
    (moved,) = made.advance([path])
    assert made.preview([moved])[0].shape == (32, 32, 3)
    (ended,) = run(made, [moved])
    assert np.array_equal(made.preview([ended])[0], made.finish([ended])[0])


@pytest.mark.parametrize("name", NAMES)
def test_forks_keep_the_noise_that_a_level_has(pipelines, name):
    made = generator(pipelines[name])
    (path,) = made.open(["a red cup"], [1])
    near = made.fork(path, 0, 0, 7, 0.3)
    assert made.fork(path, 0, 0, 7, 0.3).latents.equal(near.latents)
    apart = (near.latents - path.latents).std() / path.latents.std()
    assert apart == pytest.approx((2 - 2 * (1 - 0.3**2) ** 0.5) ** 0.5, rel=0.2)
    assert near.latents.std() == pytest.approx(path.latents.std().item(), rel=0.15)
    (ended,) = run(made, [path])
    back = made.fork(ended, STEPS, 2, 7, 0.5)
    assert back.step == 2 and back.history == ()
    level = made.schedule.level(2)
    end = made.schedule.level(STEPS)
    expected = level.signal / end.signal * ended.latents
    missing = (level.noise**2 - (level.signal / end.signal * end.noise) ** 2) ** 0.5
    assert (back.latents - expected).std() == pytest.approx(missing, rel=0.15)
    assert run(made, [back])[0].step == STEPS


def test_refuses_what_a_pipeline_cannot_be(folders, pipelines, tmp_path):
    with pytest.raises(ValueError, match="multiples of 2"):
        generator(pipelines["sd"], size=(33, 32))
    with pytest.raises(ValueError, match="does not fit"):
        generator(pipelines["sd"], scheduler="flow-euler")
    with pytest.raises(ValueError, match="model_index"):
        pipeline_identity(tmp_path)
    (tmp_path / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    with pytest.raises(ValueError, match="WanPipeline, which is not known"):
        load_pipeline(tmp_path, torch.device("cpu"), torch.float32)


@pytest.mark.parametrize(
    ("part", "victim"),
    [("unet", "conv_in.weight"), ("vae", "encoder.conv_in.weight"), ("text_encoder", "final_layer_norm.weight")],
)
def test_a_part_that_lacks_a_tensor_is_refused_by_name(tmp_path, part, victim):
    folder = Path(tiny_pipeline("sd", tmp_path / "sd"))
    (file,) = (folder / part).glob("*.safetensors")
    whole = load_file(file)
    lacking = {name: tensor for name, tensor in whole.items() if not name.endswith(victim)}
    assert len(lacking) < len(whole)
    save_file(lacking, file, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=rf"missing.*{victim}"):
        load_pipeline(folder, torch.device("cpu"), torch.float32)


def test_identity_follows_from_weights_alone(folders, tmp_path):
    assert len({pipeline_identity(folder) for folder in folders.values()}) == len(NAMES)
    assert pipeline_identity(tiny_pipeline("sd", tmp_path / "again")) == pipeline_identity(folders["sd"])
