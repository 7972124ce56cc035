"""The embedded AWS's S3: objects on disk, an index in SQLite, and their HTTP face."""

from __future__ import annotations
