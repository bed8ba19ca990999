"""What Babel carries of the Unicode Common Locale Data Repository: names in many languages."""

import hashlib
import unicodedata
from functools import cache
from typing import Any

from seqbench.contract.data import Role
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.kits.characters import part

KINDS = ("languages", "territories", "scripts", "currencies")


def babel(task: str) -> Any:
    """The package; Missing where it is not installed."""
    try:
        import babel
    except ImportError:
        raise Missing(
            f"{task} needs Babel, which carries its text; bring it with "
            "`pip install 'seqbench[data]'`"
        ) from None
    return babel


def listed(task: str, setting: str, names: str, least: int = 1) -> tuple[str, ...]:
    """The locales that a setting names, divided by spaces; SeqbenchError where they cannot be."""
    found = tuple(names.split())
    if len(found) < least or len(set(found)) < len(found):
        raise SeqbenchError(
            f"{task}.{setting} is {names!r}; it takes {least} or more different locales divided "
            "by spaces, as in 'en de fr'"
        )
    return found


def locale(task: str, setting: str, name: str) -> Any:
    """Babel's locale of that name; SeqbenchError where there is none."""
    package = babel(task)
    try:
        return package.Locale.parse(name)
    except (package.UnknownLocaleError, ValueError):
        raise SeqbenchError(
            f"{task}.{setting}: Babel has no locale {name!r}; it takes names such as en, de, pt_BR"
        ) from None


@cache
def names(task: str, setting: str, language: str) -> dict[str, str]:
    """What has a name in this language, by its code: "territories/AQ", "currencies/EUR", ..."""
    found = locale(task, setting, language)
    return {
        f"{kind}/{code}": unicodedata.normalize("NFC", name)
        for kind in KINDS
        for code, name in sorted(getattr(found, kind).items())
    }


@cache
def names_apart(
    task: str, setting: str, languages: str, longest: int
) -> dict[Role, tuple[tuple[int, str], ...]]:
    """By role, names of up to so many letters, each with its language's place in the setting.

    What has a name in one role has none in another, in any of the languages; and a name that two
    things bear whose roles differ is left out, as Latin, a language and a script.
    """
    every = [names(task, setting, language) for language in languages.split()]
    roles: dict[str, set[Role]] = {}
    for known in every:
        for code, name in known.items():
            roles.setdefault(name, set()).add(part(code))
    found: dict[Role, list[tuple[int, str]]] = {"train": [], "valid": [], "test": []}
    for place, known in enumerate(every):
        for name in sorted(set(known.values())):
            if len(roles[name]) == 1 and 0 < len(name) <= longest:
                found[min(roles[name])].append((place, name))
    return {role: tuple(some) for role, some in found.items()}


def digest(task: str, texts: object) -> str:
    """sha256 of texts that were made with Babel, and of its version."""
    return hashlib.sha256(f"Babel {babel(task).__version__} {texts!r}".encode()).hexdigest()
