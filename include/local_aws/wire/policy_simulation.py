"""IAM's policy simulator, which moto lacks: the embedded AWS denies nothing, and says so.

The SageMaker SDK asks it before it creates a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OPERATIONS = frozenset({"SimulatePrincipalPolicy", "SimulateCustomPolicy"})
_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


def simulated(form: bytes) -> bytes | None:
    """Return the answer to a simulation as XML, every action allowed; None to other requests."""
    parameters = parse_qs(form.decode(errors="replace"))
    operation = parameters.get("Action", [""])[0]
    if operation not in _OPERATIONS:
        return None
    return _answer(operation, _members(parameters, "ActionNames"))


def _members(parameters: Mapping[str, Sequence[str]], name: str) -> list[str]:
    prefix = f"{name}.member."
    return [values[0] for key, values in parameters.items() if key.startswith(prefix)]


def _answer(operation: str, actions: Sequence[str]) -> bytes:
    response = ET.Element(f"{operation}Response", xmlns=_NAMESPACE)
    result = ET.SubElement(response, f"{operation}Result")
    ET.SubElement(result, "IsTruncated").text = "false"
    evaluations = ET.SubElement(result, "EvaluationResults")
    for action in actions:
        member = ET.SubElement(evaluations, "member")
        ET.SubElement(member, "EvalActionName").text = action
        ET.SubElement(member, "EvalResourceName").text = "*"
        ET.SubElement(member, "EvalDecision").text = "allowed"
    answer: bytes = ET.tostring(response, encoding="utf-8", xml_declaration=True)
    return answer
