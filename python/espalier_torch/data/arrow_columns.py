"""Columns of Arrow IPC streams as arrays."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa


def record_batches(file: Path, columns: list[str], kind: str, cure: str) -> Iterator[pa.RecordBatch]:
    """The record batches of one file, one at a time.

    Args:
        file: an Arrow IPC stream.
        columns: what it must have.
        kind: "pair" or "sample": what its rows are.
        cure: says in a refusal what makes such a file.

    Raises:
        ValueError: the file is missing, not a whole Arrow stream, or lacks a column.
    """
    if not file.is_file():
        raise ValueError(f"No {kind} file at {file}: {cure}")
    try:
        with pa.OSFile(str(file)) as source, pa.ipc.open_stream(source) as reader:
            missing = [name for name in columns if name not in reader.schema.names]
            if missing:
                raise ValueError(f"{file} has no column {', '.join(missing)}; it has {', '.join(reader.schema.names)}")
            yield from reader
    except pa.ArrowInvalid as cause:
        raise ValueError(f"{file} is not a whole Arrow stream: {cause}. Make the {kind}s again") from cause


def fixed_lists(column: pa.Array, dtype: str) -> np.ndarray:
    """A fixed-size list or binary column of B rows as a (B, length) array, which may share its memory.

    Raises:
        ValueError: a row is empty.
    """
    if column.null_count:
        raise ValueError(f"A column has {column.null_count} empty cells; every row must be whole")
    if pa.types.is_fixed_size_binary(column.type):
        width = column.type.byte_width
        data = np.frombuffer(column.buffers()[1], dtype=np.uint8)
        return data[column.offset * width :][: len(column) * width].reshape(len(column), width)
    return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1).astype(dtype, copy=False)
