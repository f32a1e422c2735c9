"""Validates output against its published schema: validate.py sarif|rdjson|junit FILE."""

import json
import sys
from pathlib import Path

SCHEMAS = Path(__file__).parent / "schemas"


def with_json_schema(name: str, path: str) -> list[str]:
    import jsonschema

    schema = json.loads((SCHEMAS / name).read_text())
    jsonschema.Draft4Validator.check_schema(schema)
    checker = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    document = json.loads(Path(path).read_text())
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(document)]


def with_xsd(name: str, path: str) -> list[str]:
    import xmlschema

    schema = xmlschema.XMLSchema(str(SCHEMAS / name))
    return [str(error) for error in schema.iter_errors(path)]


VALIDATORS = {
    "sarif": lambda path: with_json_schema("sarif-schema-2.1.0.json", path),
    "rdjson": lambda path: with_json_schema("rdjson.schema.json", path),
    "junit": lambda path: with_xsd("junit-10.xsd", path),
}

kind, file = sys.argv[1:]
faults = VALIDATORS[kind](file)
print("\n".join(faults))
sys.exit(bool(faults))
