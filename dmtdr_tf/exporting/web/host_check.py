"""Whether a request names this server: a defense against DNS rebinding."""

import ipaddress
from collections.abc import Collection

__all__ = ["is_allowed_host"]


def is_allowed_host(header: str, allowed: Collection[str]) -> bool:
    """Tells whether a `Host` header may be answered.

    A page of another site can make a browser send requests to this machine
    under the other site's name. Addresses cannot be abused so, because no
    site has one for its name.

    Args:
        header: The header, with or without a port.
        allowed: Further names; `*` allows all.

    Example:
    >>> is_allowed_host("localhost:8501", ())
    True
    >>> is_allowed_host("192.168.0.7", ()), is_allowed_host("evil.example", ())
    (True, False)
    """
    name = _without_port(header).lower().rstrip(".")
    names = {host.lower().rstrip(".") for host in allowed}
    if "*" in names or name in names | {"localhost"}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(header: str) -> str:
    host = header.strip()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
