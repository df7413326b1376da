"""What a family says that has no judge of its own tokens."""


def no_guide(family: str) -> ValueError:
    """The refusal of a guide that there is not."""
    return ValueError(
        f"guidance.judge needs a judge that reads the generator's own tokens; there is none of {family}: "
        "leave guidance out"
    )
