"""Plugin files that a suite names."""

from pathlib import Path, PureWindowsPath

from seqbench.suite.form import Form


def plugin_files(form: Form, folder: Path, allow: bool) -> tuple[Path, ...]:
    """The files under `plugins`, which lie beside or below the suite unless `allow` is given."""
    if not form.has("plugins"):
        return ()
    files: list[Path] = []
    for path, name in form.listed(("plugins",), form.document.data["plugins"]):
        if not isinstance(name, str):
            form.text(path, name)
            continue
        file = (folder / name).absolute()
        if bad := refused(name, file, folder, allow):
            form.slip(path, f"plugin {name!r}: {bad}")
        elif file in files:
            form.slip(path, f"plugin {name!r} stands here twice")
        else:
            files.append(file)
    return tuple(files)


def refused(name: str, file: Path, folder: Path, allow: bool) -> str | None:
    """Why a suite cannot have this plugin file."""
    foreign = PureWindowsPath(name)
    strays = foreign.anchor or Path(name).is_absolute() or ".." in foreign.parts
    try:
        inside = file.resolve().is_relative_to(folder.resolve())
        there = file.is_file()
    except OSError as error:  # a name too long, a folder that may not be entered
        return str(error.strerror)
    if not allow and (strays or not inside):
        return "it must lie beside or below the suite; --allow-plugins lifts this"
    if not there:
        return f"there is no file {file}"
    return None if file.suffix == ".py" else "a plugin is a file named *.py"
