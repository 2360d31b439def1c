"""What the terminal says: where to go and whom to sign in as, once the web server answers."""

import http.client
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 0.3
CARRIER_GUIDE = "docs/simulated-carrier.md"


class Greeting:
    def __init__(
        self, port: int, carrier_port: int, email: str, password: str | None, var: Path, say: Callable[[str], object]
    ) -> None:
        self.port = port
        self.text = text(port, carrier_port, email, password, var)
        self.say = say
        self.said = False

    def look(self) -> None:
        """Says the greeting at the first answer of the web server, and nothing after that."""
        if not self.said and answers(self.port):
            self.said = True
            self.say(self.text)


def text(port: int, carrier_port: int, email: str, password: str | None, var: Path) -> str:
    keep = var / "first-sign-in.txt"
    lines = ["", f"  Outdial      http://127.0.0.1:{port}/"]
    if email:
        lines.append(f"  Sign in as   {email}")
    if password:
        lines.append(f"  Password     {password}   (also in {keep})")
    elif keep.exists():
        lines.append(f"  Password     the first one is in {keep}")
    lines.append(f"  Carrier      http://127.0.0.1:{carrier_port}   (simulated; its token and secret: {CARRIER_GUIDE})")
    lines += [f"  Logs         {var / 'logs'}/", "", "  Ctrl-C stops everything.", ""]
    return "\n".join(lines)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
