"""Who acts when somebody types a command on the machine itself."""

from bridge.roles import Actor

OPERATOR = Actor(kind="operator", id=None, name="the operator")
