"""The only room that talks to AWS; boto3 is loaded when called, not when a Dag is parsed."""

from __future__ import annotations
