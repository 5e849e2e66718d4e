"""What `deploy/` builds and starts, looked at without Docker: all it names is there, and what is copied can serve."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import tomllib
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings
from tests.test_survival import Server

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))
DESK = COMPOSE["services"]["jieli"]
NOT_OURS = {"UV_DEFAULT_INDEX", "FORWARDED_ALLOW_IPS", "OMP_NUM_THREADS", "PATH", "JIELI_DOMAIN"}
"""Read by uv, uvicorn, numpy, the shell and Caddy's command."""


def settings_of_the_image() -> dict[str, str]:
    line = re.search(r"^ENV (.*)$", DOCKERFILE, re.M)
    assert line
    return dict(pair.split("=", 1) for pair in line[1].split())


def allowed_files() -> list[str]:
    lines = (ROOT / "deploy/Dockerfile.dockerignore").read_text("utf-8").split()
    assert lines[0] == "*"
    return [line[1:] for line in lines if line.startswith("!")]


def test_every_variable_is_read_by_somebody() -> None:
    ours = {str(field.validation_alias) for field in Settings.model_fields.values()}
    named = {*settings_of_the_image(), *DESK["environment"], *DESK["build"]["args"]}
    named |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "deploy/compose.yaml").read_text("utf-8")))
    assert named <= ours | NOT_OURS


def test_what_the_package_is_made_of_reaches_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*packages, project["project"]["readme"], "pyproject.toml", "uv.lock"} <= set(allowed_files())
    assert all((ROOT / name).exists() for name in allowed_files())


def test_the_image_installs_a_group_that_there_is_and_starts_a_command_that_there_is() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    assert set(re.findall(r"--group (\w+)", DOCKERFILE)) <= set(groups)
    start = re.search(r"^CMD (.*)$", DOCKERFILE, re.M)
    assert start
    program, *words = json.loads(start[1])
    assert program == "jieli"
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_the_services_fit_together() -> None:
    build = DESK["build"]
    assert (ROOT / "deploy" / build["context"] / build["dockerfile"]).exists()
    port = Settings.model_fields["port"].default
    assert f"EXPOSE {port}" in DOCKERFILE
    assert COMPOSE["services"]["caddy"]["command"].endswith(f" jieli:{port}")
    assert f"http://127.0.0.1:{port}/health" in DESK["healthcheck"]["test"][-1]
    mounts = [mount.split(":") for service in COMPOSE["services"].values() for mount in service["volumes"]]
    assert {name for name, _ in mounts} == set(COMPOSE["volumes"])
    assert ["data", settings_of_the_image()["JIELI_DATA"]] in mounts
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", [])) <= set(COMPOSE["services"])


async def test_the_files_of_the_image_are_enough_to_serve(tmp_path: Path) -> None:
    image = tmp_path / "jieli"
    image.mkdir()
    for name in allowed_files():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, image / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, image / name)
    server = Server(tmp_path / "data", more={"PYTHONPATH": str(image), "PYTHONSAFEPATH": "1"})
    await server.start()
    try:
        patient = httpx.AsyncHTTPTransport(retries=10)
        async with httpx.AsyncClient(transport=patient, base_url=f"http://127.0.0.1:{server.port}") as client:
            assert (await client.get("/health")).json() == {"status": "ok"}
            for page in ("/widget.js", "/workspace", "/demo"):
                assert (await client.get(page)).status_code == 200, page
    finally:
        await server.stop()
    assert "Traceback" not in (tmp_path / "server.log").read_text("utf-8")
