"""The bill of materials of a build in CycloneDX's JSON, checked against its schema."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from installers.components import Component
from installers.workplace import Workplace

# CycloneDX's own name space for what is made from a name.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "cyclonedx.org")
VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1], encoding="utf-8").read())
sys.exit(str(problem) if problem else 0)
"""


def write(place: Workplace, components: Iterable[Component], path: Path, *, kind: str) -> Path:
    """Write the bill of ``components`` to ``path``, and beside the installers; SetupStopped where the schema objects.

    ``kind`` names the build.
    """
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, f'stepviz {place.version} {kind} {place.moment}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(place.moment, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": "stepviz",
                "name": "stepviz",
                "version": place.version,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": [_entry(component) for component in components],
    }
    path.write_text(json.dumps(bill, indent=2) + "\n")
    place.python("-c", VALIDATE, path)
    shutil.copy(path, place.dist / f"stepviz-{place.version}-{kind}.cdx.json")
    return path


def _entry(component: Component) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": component.url,
        "name": component.name,
        "version": component.version,
        "purl": component.url,
        "licenses": [{"license": {"name": component.licence}}],
    }
