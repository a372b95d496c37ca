"""Stored tables, each once by the hash of its content, and the files that they were read from."""

from __future__ import annotations

from typing import Protocol

from shared.domain import DatasetInfo


class Tables(Protocol):
    """Keeps data sets. Every write is idempotent. Operations write, workers read."""

    def save_dataset(self, info: DatasetInfo, parquet: bytes) -> None:
        """Store a table once by its content hash; one that is stored keeps its content and gets this description."""

    def describe_dataset(self, info: DatasetInfo) -> bool:
        """Give a stored table this description; False, and nothing is written, where none of its hash is stored."""

    def delete_dataset(self, content_hash: str) -> bool:
        """Delete a table and its file, give back their space, and return whether it was stored."""

    def datasets(self) -> list[DatasetInfo]:
        """Return all stored tables, the newest first."""

    def save_upload(self, content: bytes) -> str:
        """Keep a file as it was uploaded, once by its content, and return the SHA-256 of that."""

    def load_upload(self, upload_hash: str) -> bytes:
        """Return an uploaded file as it was, or raise DatasetError."""

    def delete_upload(self, upload_hash: str) -> bool:
        """Delete an uploaded file, give back its space, and return whether it was kept."""

    def load_dataset(self, content_hash: str) -> tuple[DatasetInfo, bytes]:
        """Return a table's description and Parquet file, or raise DatasetError."""
