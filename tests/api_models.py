"""The JSON of botocore's API models, parsed once in a process.

Every session parses it anew: half of what the tests' processors did was to parse the same files.
"""

from __future__ import annotations

import functools
from pathlib import Path

from botocore.loaders import JSONFileLoader, Loader

WRITTEN_INTO = "s3"
"""Botocore takes the bucket out of the paths in this one, which the embedded AWS reads as well."""


def keep_api_models() -> None:
    """Have all sessions of this process share what has been read."""
    read = JSONFileLoader().load_file
    kept = functools.cache(read)
    JSONFileLoader.load_file = lambda _, path: (
        read(path) if WRITTEN_INTO in Path(path).parts else kept(path)
    )
    listed = Loader.list_available_services
    services: dict[tuple[str, ...], list[str]] = {}

    def list_once(loader: Loader, type_name: str) -> list[str]:
        key = (type_name, *loader.search_paths)
        if key not in services:
            services[key] = listed(loader, type_name)
        return services[key]

    Loader.list_available_services = list_once
